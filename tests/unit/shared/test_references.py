"""References: valid by their check digits, read in any script, and no typing error gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.references import InvalidReference, new_reference, parse_reference, show_reference

ARABIC, PERSIAN = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"


def in_digits(reference: str, digits: str) -> str:
    return reference.translate(str.maketrans("0123456789", digits))


@pytest.mark.parametrize("digits", ["0123456789", ARABIC, PERSIAN])
def test_a_reference_is_read_in_any_digits_however_it_is_grouped(digits: str) -> None:
    reference = new_reference()
    for written in (reference, show_reference(reference), f" {reference[:3]}-{reference[3:]}‏ "):
        assert parse_reference(in_digits(written, digits)) == reference


@given(st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place: int, by: int) -> None:
    reference = new_reference()
    wrong = str((int(reference[place]) + by) % 10)
    with pytest.raises(InvalidReference):
        parse_reference(reference[:place] + wrong + reference[place + 1 :])


@given(st.integers(0, 10))
def test_two_digits_changed_about_are_noticed(place: int) -> None:
    reference = new_reference()
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    if swapped != reference:
        with pytest.raises(InvalidReference):
            parse_reference(swapped)


@given(st.text(max_size=40))
def test_nothing_else_raises(written: str) -> None:
    try:
        assert len(parse_reference(written)) == 12
    except InvalidReference:
        assert written != show_reference(new_reference())


@pytest.mark.parametrize("written", ["", "12", "1234 5678 9012 3", "٣", "12345678901x"])
def test_what_is_no_reference_is_refused(written: str) -> None:
    with pytest.raises(InvalidReference):
        parse_reference(written)
