"""Dates as families know them: a year, a season, a Hijri month. Each becomes a span from its earliest to its latest
possible day, with its precision; 1 July of a year is what registries wrote for an unknown day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from shared.bounds import FIRST_DAY, LAST_DAY
from shared.messages.report_content import UncertainDate

Precision = Literal["day", "month", "year", "decade", "unknown"]

# The tabular Islamic calendar and an observed one differ by up to two days.
_HIJRI_TOLERANCE: Final = timedelta(days=2)
_HIJRI_EPOCH: Final = 227015
_KURDISH_ERA: Final = 700
_REGISTRY_DAY: Final = (7, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a date may mean, both ends included."""

    earliest: date
    latest: date
    precision: Precision

    def years_apart(self, other: "Span") -> int:
        """How many calendar years lie between two spans at least; 0 where they touch the same year."""
        if self.earliest > other.earliest:
            return other.years_apart(self)
        return max(0, other.earliest.year - self.latest.year)

    def overlaps(self, other: "Span") -> bool:
        """Whether one day may be meant by both."""
        return self.earliest <= other.latest and other.earliest <= self.latest


def span_of(written: UncertainDate | None) -> Span | None:
    """The span of a date, or None where nothing is known of it."""
    if written is None:
        return None
    if written.earliest or written.latest:
        return _between(written)
    if written.year is None or written.precision == "unknown":
        return None
    span = _SPANS[written.calendar](written)
    # A decade or an observed month may reach beyond the last day that is kept.
    return Span(max(span.earliest, FIRST_DAY), min(span.latest, LAST_DAY), span.precision)


def born_span_of(written: UncertainDate | None) -> Span | None:
    """The same for a birth: 1 July says no more than its year."""
    span = span_of(written)
    if span and span.earliest == span.latest and (span.earliest.month, span.earliest.day) == _REGISTRY_DAY:
        year = span.earliest.year
        return Span(date(year, 1, 1), date(year, 12, 31), "year")
    return span


def _between(written: UncertainDate) -> Span:
    earliest = written.earliest or written.latest
    latest = written.latest or written.earliest
    assert earliest is not None
    assert latest is not None
    return Span(earliest, latest, written.precision or ("day" if earliest == latest else "unknown"))


def _gregorian(written: UncertainDate) -> Span:
    year, month, day = written.year, written.month, written.day
    assert year is not None
    if written.precision == "decade":
        return Span(date(year // 10 * 10, 1, 1), date(year // 10 * 10 + 9, 12, 31), "decade")
    if month is None or written.precision == "year":
        return Span(date(year, 1, 1), date(year, 12, 31), "year")
    if day is None or written.precision == "month":
        return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]), "month")
    return Span(date(year, month, day), date(year, month, day), "day")


def _hijri(written: UncertainDate) -> Span:
    year, month, day = written.year, written.month, written.day
    assert year is not None
    if month is None:
        first, following, precision = _hijri_day(year, 1, 1), _hijri_day(year + 1, 1, 1), "year"
    elif day is None:
        first, following, precision = _hijri_day(year, month, 1), _hijri_day(year, month, 30), "month"
    else:
        first = _hijri_day(year, month, day)
        following, precision = first + timedelta(days=1), "day"
    return Span(first - _HIJRI_TOLERANCE, following - timedelta(days=1) + _HIJRI_TOLERANCE, precision)


def _hijri_day(year: int, month: int, day: int) -> date:
    """The Gregorian day of a date in the tabular Islamic calendar (civil epoch)."""
    days = day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(max(1, days + _HIJRI_EPOCH - 1))


def _kurdish(written: UncertainDate) -> Span:
    """The Kurdish year begins at Newroz, 21 March, 700 years ahead; its months have 31, then 30 days."""
    assert written.year is not None
    newroz = date(max(1, written.year - _KURDISH_ERA), 3, 21)
    if written.month is None:
        return Span(newroz, newroz + timedelta(days=364), "year")
    before = min(written.month - 1, 6) * 31 + max(0, written.month - 7) * 30
    first = newroz + timedelta(days=before + (written.day or 1) - 1)
    if written.day is None:
        return Span(first, first + timedelta(days=30), "month")
    return Span(first, first, "day")


_SPANS: Final = {"gregorian": _gregorian, "hijri": _hijri, "kurdish": _kurdish}
