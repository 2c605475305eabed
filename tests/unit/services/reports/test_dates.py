"""Dates as families know them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.dates import Span, born_span_of, span_of
from shared.messages.report_content import UncertainDate


def test_a_year_is_all_of_its_days() -> None:
    assert span_of(UncertainDate(year=1985)) == Span(date(1985, 1, 1), date(1985, 12, 31), "year")


def test_a_month_ends_where_it_ends() -> None:
    assert span_of(UncertainDate(year=2012, month=2)) == Span(date(2012, 2, 1), date(2012, 2, 29), "month")


def test_first_of_july_is_no_birthday() -> None:
    assert born_span_of(UncertainDate(year=1957, month=7, day=1)) == born_span_of(UncertainDate(year=1957))


def test_first_of_july_may_be_the_day_of_an_event() -> None:
    found = span_of(UncertainDate(year=2014, month=7, day=1))
    assert found is not None
    assert found.precision == "day"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (UncertainDate(year=1408, month=7, day=28, calendar="hijri"), date(1988, 3, 16)),
        (UncertainDate(year=1435, month=10, day=7, calendar="hijri"), date(2014, 8, 3)),
        (UncertainDate(year=1435, month=10, calendar="hijri"), date(2014, 8, 15)),
    ],
)
def test_a_hijri_date_covers_the_day_it_means(written: UncertainDate, day: date) -> None:
    found = span_of(written)
    assert found is not None
    assert found.earliest <= day <= found.latest
    assert (found.latest - found.earliest).days <= 35


def test_a_kurdish_year_begins_at_newroz() -> None:
    assert span_of(UncertainDate(year=2714, calendar="kurdish")) == Span(date(2014, 3, 21), date(2015, 3, 20), "year")


def test_only_the_kurdish_calendar_has_such_years() -> None:
    with pytest.raises(ValueError, match="no such year"):
        UncertainDate(year=2714)


def test_a_span_in_own_words_keeps_its_ends() -> None:
    written = UncertainDate(earliest=date(2014, 6, 10), latest=date(2014, 8, 1), text="بعد العيد")
    assert span_of(written) == Span(date(2014, 6, 10), date(2014, 8, 1), "unknown")


def test_nothing_known_is_no_span() -> None:
    assert span_of(UncertainDate(text="في الربيع")) is None
    assert span_of(None) is None


@given(
    st.integers(1, 2200),
    st.none() | st.integers(1, 12),
    st.sampled_from(["gregorian", "hijri", "kurdish"]),
)
def test_every_date_that_is_accepted_has_a_span_in_order(year: int, month: int | None, calendar: str) -> None:
    written = UncertainDate.model_validate({"year": year, "month": month, "calendar": calendar})
    found = span_of(written)
    assert found is not None
    assert found.earliest <= found.latest
