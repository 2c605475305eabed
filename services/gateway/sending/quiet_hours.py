"""Quiet hours: what is not an answer, a code or a case's affair does not wake anybody at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGIN, END = time(20), time(9)
HELD_BACK = frozenset({"reminder", "notice"})


def not_before(at: datetime, text_class: str, time_zone: str, *, is_on: bool = True) -> datetime:
    """When a text of this class may leave: at once, or at nine in the morning where the receiver lives."""
    if not is_on or text_class not in HELD_BACK:
        return at
    local = at.astimezone(ZoneInfo(time_zone))
    if END <= local.time() < BEGIN:
        return at
    day = local.date() if local.time() < END else local.date() + timedelta(days=1)
    return datetime.combine(day, END, ZoneInfo(time_zone)).astimezone(at.tzinfo)
