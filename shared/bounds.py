"""The limits of what may come in from outside: days and moments, counts and versions, times of day.

A value beyond them is a typing mistake or an attack. It is refused where it comes in: a moment at the
edge of time overflows as soon as a page shows it in another time zone, a number beyond 32 bits as
soon as it reaches its column.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BeforeValidator, Field, JsonValue, StringConstraints, TypeAdapter, ValidationError

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
FIRST_MOMENT: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT: Final = datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
LARGEST_INT: Final = 2**31 - 1
"""Of PostgreSQL's `integer`."""
LARGEST_BIGINT: Final = 2**63 - 1
LONGEST_ZONE_NAME: Final = 60


def is_time_zone(name: str) -> bool:
    """Whether the IANA time zone database has this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return 0 < len(name) <= LONGEST_ZONE_NAME


def _limits(first: date, last: date) -> dict[str, JsonValue]:
    # JSON Schema has no limits of its own for dates: these two keywords are those that validators know.
    return {"formatMinimum": first.isoformat(), "formatMaximum": last.isoformat()}


BARE_NUMBER = re.compile(r"\s*[+-]?[\d_.]+([eE][+-]?\d+)?\s*")


def _from_iso(kind: Any) -> BeforeValidator:
    """Read ISO 8601 alone, and refuse `"0"`, which pydantic takes for the first second of 1970."""
    adapter = TypeAdapter[Any](kind)

    def read(written: object) -> object:
        if isinstance(written, int | float) or (isinstance(written, str) and BARE_NUMBER.fullmatch(written)):
            raise ValueError("a day or a moment is wanted")
        if isinstance(written, str):
            # Behind this validator pydantic no longer knows that the text came from JSON, which has no type for dates.
            with suppress(ValidationError):
                return adapter.validate_json(json.dumps(written), strict=True)
        return written

    return BeforeValidator(read)


Moment = Annotated[
    AwareDatetime,
    Field(ge=FIRST_MOMENT, le=LAST_MOMENT, json_schema_extra=_limits(FIRST_MOMENT, LAST_MOMENT)),
    _from_iso(AwareDatetime),
]
"""A moment with its offset from UTC, 1900 to 2100."""
Day = Annotated[
    date,
    Field(ge=FIRST_DAY, le=LAST_DAY, json_schema_extra=_limits(FIRST_DAY, LAST_DAY)),
    _from_iso(date),
]
"""A day of the Gregorian calendar, 1900 to 2100."""
Version = Annotated[int, Field(ge=1, le=LARGEST_INT)]
"""Of an aggregate: a consumer keeps the newest."""
Count = Annotated[int, Field(ge=0, le=LARGEST_INT)]
TimeZone = Annotated[str, StringConstraints(max_length=LONGEST_ZONE_NAME)]
"""What may be a name in the IANA time zone database; its owner refuses the others (`is_time_zone`)."""


class OutOfBounds(ValueError):
    """A day or a moment before 1900 or after 2100."""


class NoSuchLocalTime(ValueError):
    """The clocks of that time zone never show this: they were put forward past it."""


def bounded_day(day: date) -> date:
    """The same day. Raises OutOfBounds."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfBounds
    return day


def is_within_bounds(moment: datetime) -> bool:
    """Whether an aware moment lies between 1900 and 2100, and so can be shown in every time zone."""
    return FIRST_MOMENT <= moment <= LAST_MOMENT


def local_moment(day: date, clock: time, zone: str) -> datetime:
    """When a time zone's clocks show this time on this day; the first of the two where they show it twice.

    Raises OutOfBounds and NoSuchLocalTime.
    """
    local = datetime.combine(bounded_day(day), clock.replace(tzinfo=None, fold=0), ZoneInfo(zone))
    in_utc = local.astimezone(UTC)
    if not is_within_bounds(in_utc):
        raise OutOfBounds
    if in_utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchLocalTime
    return local
