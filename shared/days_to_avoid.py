"""Days on which families in Iraq neither travel nor want to be called: Fridays and Saturdays, Eid, Ashura, and the
Yezidis' new year. Hijri days are those of Umm al-Qura; the moon is sighted a day earlier or later, so both count."""

from datetime import date, timedelta
from functools import lru_cache

ONE = timedelta(days=1)
RAMADAN = 9
FEASTS = {
    **{(10, day): "Eid al-Fitr" for day in (1, 2, 3)},
    **{(12, day): "Eid al-Adha" for day in (9, 10, 11, 12, 13)},
    (1, 10): "Ashura",
}
"""Month and day of the Hijri calendar → the feast."""


@lru_cache(maxsize=1024)
def reason_to_avoid(day: date) -> str | None:
    """What speaks against asking families to come on a day, in English; None where nothing does."""
    feast = _feast(day) or _feast(day - ONE) or _feast(day + ONE)
    if feast:
        return f"{feast}, or next to it"
    if _is_yezidi_new_year(day):
        return "Çarşema Sor, the Yezidi new year"
    return {4: "a Friday", 5: "a Saturday"}.get(day.weekday())


@lru_cache(maxsize=1024)
def is_feast(day: date) -> bool:
    """Whether it is a feast, or next to one, on which a text that can come earlier should."""
    return bool(_feast(day) or _feast(day - ONE) or _feast(day + ONE)) or _is_yezidi_new_year(day)


@lru_cache(maxsize=1024)
def is_in_ramadan(day: date) -> bool:
    """Whether evenings belong to the breaking of the fast."""
    return _hijri(day)[0] == RAMADAN


def _feast(day: date) -> str | None:
    return FEASTS.get(_hijri(day))


def _hijri(day: date) -> tuple[int, int]:
    # Imported late: the portal starts without it.
    from hijridate import Gregorian

    try:
        there = Gregorian.fromdate(day).to_hijri()
    except OverflowError:  # beyond the tables (1924 to 2077)
        return (0, 0)
    return there.month, there.day


def _is_yezidi_new_year(day: date) -> bool:
    """The first Wednesday on or after 14 April (1 April of the Julian calendar)."""
    return day.month == 4 and 14 <= day.day <= 20 and day.weekday() == 2
