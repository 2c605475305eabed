"""Sealing: what is sealed opens with the right key, purpose and context alone, also after a rotation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import CannotUnseal, Keys, KeysUnusable, Purpose, generate_keys, rotate_keys

CONTENT = generate_keys()
KEYS = Keys(CONTENT)


@given(st.binary(max_size=500), st.sampled_from(Purpose), st.text(max_size=20))
def test_what_is_sealed_opens_to_the_same(plain: bytes, purpose: Purpose, context: str) -> None:
    assert KEYS.unseal(purpose, KEYS.seal(purpose, plain, context), context) == plain


def test_it_opens_for_no_other_purpose_and_in_no_other_context() -> None:
    sealed = KEYS.seal(Purpose.REPORTS, b"x", "one")
    for purpose, context in ((Purpose.MATCHING, "one"), (Purpose.REPORTS, "two")):
        with pytest.raises(CannotUnseal):
            KEYS.unseal(purpose, sealed, context)


@given(st.text(max_size=60))
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(CannotUnseal):
        KEYS.unseal(Purpose.REPORTS, sealed)
    with pytest.raises(CannotUnseal):
        KEYS.unseal_as_gateway(sealed)


def test_one_changed_letter_is_noticed() -> None:
    sealed = KEYS.seal(Purpose.REPORTS, b"secret")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(CannotUnseal):
        KEYS.unseal(Purpose.REPORTS, changed)


def test_the_gateway_alone_opens_what_is_sealed_for_it() -> None:
    without = Keys({**CONTENT, "gateway-box": {"public": CONTENT["gateway-box"]["public"]}})  # pyright: ignore
    sealed = without.seal_for_gateway("+9647701234567")
    assert KEYS.unseal_as_gateway(sealed) == "+9647701234567"
    with pytest.raises(CannotUnseal):
        without.unseal_as_gateway(sealed)


def test_after_a_rotation_old_things_open_and_are_found_and_new_ones_have_a_new_key() -> None:
    old = KEYS.seal(Purpose.REPORTS, b"x")
    rotated = Keys(rotate_keys(CONTENT))
    assert rotated.unseal(Purpose.REPORTS, old) == b"x"
    assert rotated.phone_index("+9647701234567") == KEYS.phone_index("+9647701234567")
    with pytest.raises(CannotUnseal):
        KEYS.unseal(Purpose.REPORTS, rotated.seal(Purpose.REPORTS, b"y"))


@pytest.mark.parametrize("content", ["", "{}", '{"purposes": {}}', "[]"])
def test_a_broken_key_file_is_named(content: str, tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "keys.json"
    file.write_text(content)
    with pytest.raises(KeysUnusable, match=r"keys\.json"):
        Keys.read(file)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(KeysUnusable, match="sila keys generate"):
        Keys.read(Path(str(tmp_path)) / "none.json")
