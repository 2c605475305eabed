"""Hours in which families are told and asked: by the clock where they live, never at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_BEGINS, DAY_ENDS = time(9), time(20)
OFFER_LIVES = timedelta(hours=24)
SHORTEST_OFFER = timedelta(hours=2)
BEFORE_THE_VISIT = timedelta(hours=3)
"""How long before a session an offer ends: the family has to travel, and another may still be asked."""


def answer_by(at: datetime, starts_at: datetime, time_zone: str) -> datetime | None:
    """Until when an offer that is made now can be answered: a day from when it is heard, in waking hours.

    None where too little time is left before the session.
    """
    zone = ZoneInfo(time_zone)
    heard_at = next_waking(at.astimezone(zone))
    ends_at = _last_waking(min(heard_at + OFFER_LIVES, (starts_at - BEFORE_THE_VISIT).astimezone(zone)))
    return ends_at.astimezone(at.tzinfo) if ends_at - heard_at >= SHORTEST_OFFER else None


def next_waking(local: datetime) -> datetime:
    """The moment itself by day; by night the next morning, nine o'clock."""
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return local
    day = local.date() if local.time() < DAY_BEGINS else local.date() + timedelta(days=1)
    return datetime.combine(day, DAY_BEGINS, local.tzinfo)


def _last_waking(local: datetime) -> datetime:
    """The moment itself by day; by night the evening before it, eight o'clock."""
    if DAY_BEGINS <= local.time() <= DAY_ENDS:
        return local
    day = local.date() if local.time() > DAY_ENDS else local.date() - timedelta(days=1)
    return datetime.combine(day, DAY_ENDS, local.tzinfo)
