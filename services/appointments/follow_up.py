"""After a session: who did not come is told, once the day's lists are in, that they are welcome another day."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from services.appointments.tables import CollectionSession, Site, Visit
from services.appointments.visits import lock_visits, tell_family, tell_state
from shared.database import now
from shared.messages.appointments import FollowUpSession, VisitMissed
from shared.messages.gateway import Template
from shared.messaging.outbox import schedule

AT = time(10)
MOST_TRIES = 7
"""A day without power is entered afterwards: for a week it is asked each morning whether anybody was checked in."""
TOLD_WITHIN = timedelta(days=2)

MISSED = """
UPDATE visit SET state = 'missed', version = version + 1, changed_at = %(now)s WHERE id = ANY(%(visits)s)
"""


def plan(db: Session, session: CollectionSession) -> None:
    """Look on the morning after a session who did not come."""
    _again(db, session.id, session.ends_at, session.site, 0)


def follow_up(db: Session, due: FollowUpSession) -> int:
    """Note who missed a session, and tell them how to book again; how many. Whoever is checked in later came after all.

    While nobody at all is checked in, the lists are not entered yet: nobody is told anything, and it waits a day.
    """
    visits = lock_visits(db, col(Visit.session) == due.session, col(Visit.state) == "booked")
    if not visits:
        return 0
    if not _has_lists(db, due.session):
        if due.tries < MOST_TRIES:
            _again(db, due.session, now(db), visits[0].site, due.tries + 1)
        return 0
    db.connection().exec_driver_sql(MISSED, {"visits": [v.id for v in visits], "now": now(db)})
    for missed in lock_visits(db, col(Visit.id).in_([v.id for v in visits])):
        tell_state(db, missed, VisitMissed)
        tell_family(db, missed, Template.MISSED, "reminder", not_after=now(db) + TOLD_WITHIN)
    return len(visits)


def _has_lists(db: Session, session: UUID) -> bool:
    came = select(Visit.id).where(Visit.session == session, Visit.state == "attended")
    return db.exec(came).first() is not None


def _again(db: Session, session: UUID, after: datetime, site: UUID, tries: int) -> None:
    zone = ZoneInfo(db.exec(select(Site.time_zone).where(Site.id == site)).one())
    due = datetime.combine(after.astimezone(zone).date() + timedelta(days=1), AT, zone)
    schedule(db, FollowUpSession(session=session, tries=tries), due, f"follow_up:{session}")
