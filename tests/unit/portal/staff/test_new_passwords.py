import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.staff.entrance.new_passwords import COMMON_WORDS, LONGEST, SHORTEST, problem_with

EMAIL = "amal.hassan@mgd.example"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password1234",
        "P@ssw0rd!!!!",
        "Passw0rd2026",
        "passwordpassword",
        "iloveyou2026!",
        "baghdad123456",
        "123456789012",
        "210987654321",
        "qwertyuiopas",
        "aaaaaaaaaaaa",
        "121212121212",
        "amal.hassan2026",
        "amal.hassan@mgd.example",
        "x" * (LONGEST + 1),
    ],
)
def test_what_is_tried_first_is_no_password(password: str) -> None:
    assert problem_with(password, EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ليمون نافذة قطار بحر",
        "Xw7-pLq92-mmRt",
        "four words by chance",
        "mosul lemon train sea",
    ],
)
def test_several_words_and_random_signs_are_good_in_any_script(password: str) -> None:
    assert problem_with(password, EMAIL) is None


@given(word=st.sampled_from(sorted(COMMON_WORDS)), tail=st.text("0123456789!?.-_ #", min_size=SHORTEST, max_size=20))
def test_a_common_word_with_digits_and_signs_stays_common(word: str, tail: str) -> None:
    assert problem_with(word.capitalize() + tail, EMAIL)


@given(st.text(max_size=SHORTEST - 1))
def test_nothing_short_passes(password: str) -> None:
    assert problem_with(password, EMAIL)
