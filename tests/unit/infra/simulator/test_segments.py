"""Segments are counted as the carrier bills them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.simulator.texts.segments import count_segments, is_gsm_7

ARABIC = st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهويێۆڵڕ ،؟٠١٢٣", min_size=1, max_size=400)
PLAIN = st.text("abcdefghijklmnopqrstuvwxyzÀÇÄÖàäöñ0123456789 .,:@£$".replace("À", ""), max_size=800)


@pytest.mark.parametrize(
    ("body", "segments"),
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
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 100, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_known_texts(body: str, segments: int) -> None:
    assert count_segments(body) == segments


@pytest.mark.parametrize("letters", ["ç", "ê", "î", "û", "ş", "س", "`", "–", "’"])
def test_one_letter_outside_the_alphabet_makes_the_whole_text_ucs_2(letters: str) -> None:
    assert not is_gsm_7("plain " + letters)
    assert count_segments("a" * 70 + letters) == 2


def test_a_letter_of_two_units_is_not_cut_at_the_end_of_a_part() -> None:
    assert count_segments("س" * 66 + "😀" + "س" * 66) == 3
    assert count_segments("a" * 152 + "€" * 77) == 3


@given(PLAIN)
def test_a_plain_text_takes_160_or_153_letters_a_part(body: str) -> None:
    expected = 1 if len(body) <= 160 else math.ceil(len(body) / 153)
    assert count_segments(body) == expected


@given(ARABIC)
def test_an_arabic_text_takes_70_or_67_letters_a_part(body: str) -> None:
    units = len(body.encode("utf-16-be")) // 2
    expected = 1 if is_gsm_7(body) or units <= 70 else math.ceil(units / 67)
    assert is_gsm_7(body) or count_segments(body) == expected


@given(st.text(max_size=400), st.characters(codec="utf-8"))
def test_more_letters_never_make_fewer_parts(body: str, more: str) -> None:
    assert count_segments(body) <= count_segments(body + more)


@given(st.text(max_size=600).filter(lambda body: not is_gsm_7(body)))
def test_parts_hold_what_they_can_and_no_more(body: str) -> None:
    units = len(body.encode("utf-16-be", "surrogatepass")) // 2
    parts = count_segments(body)
    assert units <= (70 if parts == 1 else 67 * parts)
    assert parts <= math.ceil(units / 66) or units <= 70
