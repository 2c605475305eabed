"""Phone numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.phones import InvalidPhone, mask_phone, parse_phone, show_phone


@pytest.mark.parametrize(
    "written",
    [
        "07701234567", "7701234567", "009647701234567", "+964 (0)770 123 4567", "0770-123-4567", "٠٧٧٠ ١٢٣ ٤٥٦٧",
        "۰۷۷۰۱۲۳۴۵۶۷", "\u200f+9647701234567\u200e", " 0770 123 4567 ",
    ],
)  # fmt: skip
def test_a_number_is_one_number_however_it_is_written(written: str) -> None:
    assert parse_phone(written) == "+9647701234567"


def test_a_number_abroad_keeps_its_country() -> None:
    assert parse_phone("+49 711 20700") == "+4971120700"


@pytest.mark.parametrize("written", ["", "hello", "123", "+964770", "0770 123 45678 90", "😀", "0" * 40])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(InvalidPhone):
        parse_phone(written)


@given(st.text(max_size=60))
def test_nothing_else_raises(written: str) -> None:
    try:
        assert parse_phone(written).startswith("+")
    except InvalidPhone:
        assert not written.startswith("+964770123456")


def test_a_number_is_shown_as_people_write_it_and_masked_but_for_its_end() -> None:
    assert show_phone("+9647701234567") == "0770 123 4567"
    assert show_phone("+4971120700").startswith("+49")
    assert mask_phone("+9647701234567") == "••• 67"
