"""Dates as families know them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.dates import Span, born_span_of, span_of
from shared.bounds import FIRST_DAY, LAST_DAY
from shared.messages.report_content import YEARS, UncertainDate


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


@pytest.mark.parametrize(
    ("calendar", "year"),
    [("gregorian", 1899), ("gregorian", 2101), ("gregorian", 2714), ("gregorian", 1408), ("hijri", 1317),
     ("hijri", 1524), ("hijri", 2014), ("kurdish", 2599), ("kurdish", 2800), ("kurdish", 2014)],
)  # fmt: skip
def test_a_year_that_no_calendar_has_between_1900_and_2100_is_refused(calendar: str, year: int) -> None:
    with pytest.raises(ValueError, match="a year of this calendar is from"):
        UncertainDate.model_validate({"calendar": calendar, "year": year})


def test_the_days_of_a_span_in_own_words_are_bounded() -> None:
    for days in ({"earliest": date(1, 1, 1)}, {"latest": date(9999, 12, 31)}):
        with pytest.raises(ValueError, match="than or equal"):
            UncertainDate(**days)


def test_a_span_in_own_words_keeps_its_ends() -> None:
    written = UncertainDate(earliest=date(2014, 6, 10), latest=date(2014, 8, 1), text="بعد العيد")
    assert span_of(written) == Span(date(2014, 6, 10), date(2014, 8, 1), "unknown")


def test_nothing_known_is_no_span() -> None:
    assert span_of(UncertainDate(text="في الربيع")) is None
    assert span_of(None) is None


@st.composite
def years(draw: st.DrawFn) -> dict[str, object]:
    """A year of a calendar, with or without month and day."""
    calendar = draw(st.sampled_from(sorted(YEARS)))
    month = draw(st.none() | st.integers(1, 12))
    day = draw(st.none() | st.integers(1, 29 if calendar == "hijri" else 28)) if month else None
    precision = draw(st.none() | st.sampled_from(["year", "decade"]))
    written = {"calendar": calendar, "year": draw(st.integers(*YEARS[calendar])), "month": month, "day": day}
    return {**written, "precision": precision}


@given(years())
def test_every_date_that_is_accepted_has_a_span_in_order_and_within_the_bounds(said: dict[str, object]) -> None:
    found = span_of(UncertainDate.model_validate(said))
    assert found is not None
    assert FIRST_DAY <= found.earliest <= found.latest <= LAST_DAY
