import pytest

from services.gateway.words.segments import is_gsm_7, segments, units


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("س" * 70, 1),
        ("س" * 71, 2),
        ("س" * 134, 2),
        ("س" * 135, 3),
        ("a" * 69 + "س", 1),
        ("a" * 70 + "س", 2),
    ],
)
def test_a_text_is_counted_in_parts(text: str, parts: int) -> None:
    assert segments(text) == parts


def test_the_brackets_of_gsm_7_take_two_places() -> None:
    assert is_gsm_7("[x]")
    assert units("[x]") == 5
    assert segments("€" * 80) == 1
    assert segments("€" * 81) == 2


@pytest.mark.parametrize("letter", list("êîûçşڕێۆڵ"))
def test_kurdish_letters_need_the_large_alphabet(letter: str) -> None:
    assert not is_gsm_7(letter)


def test_an_emoji_counts_twice() -> None:
    assert units("😀" * 35) == 70
    assert segments("😀" * 35) == 1
    assert segments("😀" * 36) == 2
