"""Quiet hours: what is not an answer, a code or a case's affair does not wake anybody at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.days_to_avoid import is_in_ramadan

BEGIN, END = time(20), time(9)
FAST_IS_BROKEN = time(17)
"""In Ramadan nobody is rung from an hour before the earliest sunset until the next morning."""
HELD_BACK = frozenset({"reminder", "notice"})
NEVER_RINGS_AT_NIGHT = frozenset({"reminder", "notice", "case"})
"""A call wakes a house where a text would lie until the morning. Answers and codes were asked for a moment ago."""
FRIDAY, PRAYER_BEGINS, PRAYER_ENDS = 4, time(11, 30), time(14)


def not_before(at: datetime, text_class: str, time_zone: str, *, is_on: bool = True, is_call: bool = False) -> datetime:
    """When a text of this class may leave, or be spoken: at once, or when people where the receiver lives are up.

    Calls also keep out of Friday's noon, and of Ramadan's evenings (domain notes §3.4, §5.3).
    """
    if not is_on or text_class not in (NEVER_RINGS_AT_NIGHT if is_call else HELD_BACK):
        return at
    local = at.astimezone(ZoneInfo(time_zone))
    begin = FAST_IS_BROKEN if is_call and is_in_ramadan(local.date()) else BEGIN
    if not END <= local.time() < begin:
        day = local.date() if local.time() < END else local.date() + timedelta(days=1)
        return datetime.combine(day, END, ZoneInfo(time_zone)).astimezone(at.tzinfo)
    if is_call and local.weekday() == FRIDAY and PRAYER_BEGINS <= local.time() < PRAYER_ENDS:
        return datetime.combine(local.date(), PRAYER_ENDS, ZoneInfo(time_zone)).astimezone(at.tzinfo)
    return at
