from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.forms import Form
from portal.staff.fields import Fields
from shared.references import new_reference, show_reference


def fields(*values: tuple[str, str], **named: str) -> Fields:
    return Fields(Form([*values, *named.items()]))


def test_a_number_may_be_written_in_any_digits() -> None:
    assert [fields(n=written).whole("n", 0, 2000) for written in ("12", "١٢", "۱۲")] == [12, 12, 12]


@pytest.mark.parametrize("written", ["", "13", "-", "twelve", "99999999999999999999"])
def test_a_number_outside_its_bounds_is_wrong(written: str) -> None:
    found = fields(n=written)
    found.whole("n", 1, 12)
    assert found.errors == {"n": "Please write a whole number from 1 to 12."}


def test_a_number_that_need_not_be_there_may_be_left_out() -> None:
    found = fields(n="")
    assert found.whole("n", 1, 12, is_required=False) is None
    assert found.are_right


@pytest.mark.parametrize(("written", "expected"), [("", None), ("0,5", 0.5), ("1e-3", 0.001), ("1", 1.0)])
def test_a_decimal_is_read(written: str, expected: float | None) -> None:
    assert fields(n=written).number("n", 0, 1) == expected


@pytest.mark.parametrize("written", ["2", "nan", "inf", "x"])
def test_a_decimal_outside_its_bounds_is_wrong(written: str) -> None:
    found = fields(n=written)
    assert found.number("n", 0, 1) is None
    assert "n" in found.errors


def test_references_stand_on_lines_or_between_commas_each_once() -> None:
    first, second = new_reference(), new_reference()
    written = f"{show_reference(first)}\n{second}، {first}\n\n"
    assert fields(r=written).references("r") == [first, second]


@pytest.mark.parametrize("written", ["", "123456789012", "\n".join(new_reference() for _ in range(21))])
def test_wrong_references_are_said(written: str) -> None:
    found = fields(r=written)
    found.references("r")
    assert "r" in found.errors


def test_a_barcode_is_written_in_capitals() -> None:
    assert fields(b="ab-1234").barcode("b") == "AB-1234"
    assert fields(b="ab-1234, CD-5678\nef-9012").barcodes("b") == ["AB-1234", "CD-5678", "EF-9012"]


@pytest.mark.parametrize("written", ["", "short", "has blank1", "ألف-1234", "x" * 40])
def test_a_barcode_that_is_none_is_wrong(written: str) -> None:
    found = fields(b=written)
    found.barcode("b")
    assert "b" in found.errors


def test_a_day_and_a_time_are_by_the_clock_of_the_place() -> None:
    found = fields(day="2026-11-24", clock="12:30")
    assert found.moment("day", "clock", "Europe/Berlin") == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert found.moment("day", "clock") == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert fields(day="2026-11-24").day("day") == date(2026, 11, 24)


def test_a_text_is_needed_in_one_language_at_least() -> None:
    assert fields(("t.ar", "لقاء"), ("t.en", "")).local_text("t") == {"ar": "لقاء"}
    found = fields(("t.ar", ""))
    found.local_text("t")
    assert list(found.errors) == ["t.ar"]


def test_only_offered_choices_are_taken() -> None:
    found = fields(("c", "x"), ("c", "a"), ("one", "x"), ("id", "no-id"))
    assert found.choices("c", {"a", "b"}) == ["a"]
    found.choice("one", {"a"})
    assert found.uuid("id") == UUID(int=0)
    assert set(found.errors) == {"c", "one", "id"}


def test_the_first_thing_that_is_wrong_with_a_field_is_said() -> None:
    found = fields(t="")
    found.text("t", is_required=True)
    found.wrong("t", "Something else.")
    assert found.errors == {"t": "Please fill this in."}


@given(st.text(max_size=60))
def test_no_input_breaks_a_field(written: str) -> None:
    found = fields(x=written)
    found.text("x", is_required=True)
    found.whole("x", 1, 9)
    found.number("x", 0, 1)
    found.reference("x")
    found.references("x")
    found.phone("x")
    found.barcode("x")
    found.barcodes("x")
    found.day("x")
    found.moment("x", "x")
    found.uuid("x")
    assert found.errors
