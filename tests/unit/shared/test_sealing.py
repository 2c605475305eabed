"""Sealing: what is sealed opens with the right key, purpose and context alone, also after a rotation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.parts import Process
from shared.sealing import (
    NEEDED_BY,
    CannotUnseal,
    KeyNotHeld,
    Keys,
    KeysUnusable,
    Purpose,
    complete_keys,
    forget_shared_key,
    generate_keys,
    rotate_keys,
    split_keys,
)

CONTENT = generate_keys()
KEYS = Keys(CONTENT)
OF = {process: Keys(content) for process, content in split_keys(CONTENT).items()}


def as_once_shared(content: dict[str, Any]) -> dict[str, Any]:
    """A key file of the time when one key sealed everything on the way."""
    kept = {p: ring for p, ring in content["purposes"].items() if not p.startswith("messages:")}
    return {**content, "purposes": {**kept, "messages": generate_keys()["purposes"]["reports"]}}  # pyright: ignore


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
    with pytest.raises(KeyNotHeld, match=r"gateway-box\.private"):
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


@pytest.mark.parametrize("process", Process)
def test_a_process_holds_what_it_needs_and_no_more(process: Process) -> None:
    OF[process].require(process)
    assert OF[process].beyond(process) == []
    for purpose in Purpose:
        if purpose in NEEDED_BY[process].purposes:
            assert KEYS.unseal(purpose, OF[process].seal(purpose, b"x")) == b"x"
        else:
            for use in (OF[process].seal, OF[process].blind_index):
                with pytest.raises(KeyNotHeld, match=purpose):
                    use(purpose, "x")  # pyright: ignore[reportArgumentType]
            with pytest.raises(KeyNotHeld, match=purpose):
                OF[process].unseal(purpose, KEYS.seal(purpose, b"x"))


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.GATEWAY])
def test_the_gateways_private_key_is_in_its_own_file_alone(process: Process) -> None:
    private: str = CONTENT["gateway-box"]["private"][0]  # pyright: ignore
    assert private not in json.dumps(split_keys(CONTENT)[process])
    assert private in json.dumps(split_keys(CONTENT)[Process.GATEWAY])
    with pytest.raises(KeyNotHeld, match=r"gateway-box\.private"):
        OF[process].unseal_as_gateway(KEYS.seal_for_gateway("+9647701234567"))


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_what_a_process_lacks_is_named(process: Process) -> None:
    with pytest.raises(KeysUnusable) as refused:
        OF[Process.RELAY].require(process)
    for purpose in NEEDED_BY[process].purposes:
        assert purpose in str(refused.value)
    assert ("gateway-box.private" in str(refused.value)) == (process is Process.GATEWAY)


def test_what_a_process_has_no_need_of_is_named() -> None:
    beyond = KEYS.beyond(Process.MATCHING)
    assert {"reports", "phone-index", "messages:reports", "gateway-box.private"} <= set(beyond)
    assert "matching" not in beyond


def test_what_the_shared_key_sealed_opens_until_it_is_forgotten() -> None:
    old = as_once_shared(CONTENT)
    # The words that it was bound to then.
    ring = Keys({**old, "purposes": {**old["purposes"], "messages:reports": old["purposes"]["messages"]}})
    sealed = ring.seal("messages", b"x", "one")  # pyright: ignore[reportArgumentType]
    whole, added = complete_keys(old)
    assert {purpose for purpose in Purpose if purpose.startswith("messages:")} == set(added)
    for process in (Process.REPORTS, Process.PORTAL):
        assert Keys(split_keys(whole)[process]).unseal(Purpose.FOR_REPORTS, sealed, "one") == b"x"
        assert Keys(split_keys(whole)[process]).beyond(process) == []
    with pytest.raises(CannotUnseal):
        Keys(split_keys(whole)[Process.REPORTS]).unseal(Purpose.REPORTS, sealed, "one")
    after = Keys(split_keys(forget_shared_key(whole))[Process.REPORTS])
    with pytest.raises(CannotUnseal):
        after.unseal(Purpose.FOR_REPORTS, sealed, "one")


def test_the_shared_key_never_seals_again() -> None:
    whole, _ = complete_keys(as_once_shared(CONTENT))
    old = whole["purposes"]["messages"]  # pyright: ignore
    rotated = rotate_keys(whole)
    assert rotated["purposes"]["messages"] == old  # pyright: ignore


def test_a_whole_file_that_is_complete_stays_as_it_is() -> None:
    assert complete_keys(CONTENT) == (CONTENT, [])


@pytest.mark.parametrize("process", Process)
def test_the_file_of_one_process_is_not_taken_for_the_whole_one(process: Process) -> None:
    with pytest.raises(KeysUnusable, match="one process"):
        complete_keys(split_keys(CONTENT)[process])
