"""When 'please contact us' goes out: in rounds at fixed times, never when something has happened."""

from datetime import datetime, timedelta

from sqlmodel import Session

from shared.database import now
from shared.messages.matching import RoundDue
from shared.messaging.outbox import schedule
from shared.settings import settings

KEY = "contact_round"
IS_SCHEDULED = "SELECT 1 FROM due_message WHERE key = %(key)s"


def keep_rounds_going(db: Session) -> None:
    """See to it that a next round is scheduled."""
    if db.connection().exec_driver_sql(IS_SCHEDULED, {"key": KEY}).first() is None:
        _schedule(db, now(db) + timedelta(seconds=settings().contact_round_s))


def schedule_next(db: Session, round_at: datetime) -> datetime:
    """Schedule the round after this one, at its fixed distance; rounds that were missed meanwhile are not made up."""
    next_at = next_after(round_at, now(db), timedelta(seconds=settings().contact_round_s))
    _schedule(db, next_at)
    return next_at


def next_after(round_at: datetime, at: datetime, distance: timedelta) -> datetime:
    """The first round later than `at`, a whole number of distances after `round_at`."""
    missed = max((at - round_at) // distance, 0)
    return round_at + (missed + 1) * distance


def _schedule(db: Session, at: datetime) -> None:
    schedule(db, RoundDue(round_at=at), at, key=KEY)
