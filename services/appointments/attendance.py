"""Attendance: who of those booked came, and who came without a booking."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select, update

from services.appointments import places, reminders
from services.appointments.files import is_closed_for
from services.appointments.places import AlreadyBooked, FileClosed, UnknownSession
from services.appointments.sites import refuse_unless_run_by, refuse_unless_runs_session
from services.appointments.tables import CollectionSession, Visit
from services.appointments.visits import lock_expected, lock_visits, tell_state
from shared.database import now
from shared.messages.appointments import CheckIn, ReceiveWalkIn, VisitAttended
from shared.messages.model import Actor

MOST_PEOPLE = 12

# A walk-in is received though the session is full: it takes what is left, and never more.
TAKE_WHAT_IS_LEFT = """
UPDATE collection_session s SET free = greatest(s.free - %(people)s, 0), version = s.version + 1
WHERE s.id = %(session)s AND s.free > 0
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
ONE_MORE = """
UPDATE visit SET people = least(people + 1, %(most)s), version = version + 1, changed_at = %(now)s WHERE id = %(visit)s
"""
WALKED_IN = """
INSERT INTO visit (id, version, reference, contact, session, places, state, people, booked_at, changed_at)
VALUES (%(visit)s, 1, %(reference)s, %(contact)s, %(session)s, %(people)s, 'attended', %(people)s, %(now)s, %(now)s)
"""


def check_in(db: Session, command: CheckIn) -> None:
    """Record that a family came, and how many they were; also afterwards, when a day's lists are entered, and where it
    was thought to have missed the day.

    Refuses with UnknownVisit, NotYours (another institution's site) or NotBooked.
    """
    visit = lock_expected(db, command.visit, lambda found: refuse_unless_run_by(db, command.actor, found.site))
    attended = replace(visit, version=visit.version + 1, state="attended")
    came = {"state": attended.state, "version": attended.version, "people": command.people, "changed_at": now(db)}
    db.exec(update(Visit).where(col(Visit.id) == visit.id).values(**came))
    reminders.take_back(db, [visit.id])
    tell_state(db, attended, VisitAttended)


def receive_walk_in(db: Session, command: ReceiveWalkIn) -> None:
    """Receive a family that came without a booking; it takes what places are left.

    Refuses with NotYours, UnknownSession, FileClosed where the file is the own institution's, or AlreadyBooked where
    it has a visit at this session.
    """
    refuse_unless_runs_session(db, command.actor, command.session)
    if db.exec(select(CollectionSession.id).where(CollectionSession.id == command.session)).first() is None:
        raise UnknownSession
    if is_closed_for(db, command.reference, command.institution):
        raise FileClosed
    if visit := visit_here(db, command.session, command.reference):
        raise AlreadyBooked(visit=visit)
    _walk_in(db, command.model_dump(exclude={"actor"}))


def come(db: Session, session: UUID, reference: str, contact: UUID, actor: Actor, walk_in: UUID) -> UUID:
    """One more person of a family came to a session, booked or not; the visit that it belongs to.

    `walk_in` is the visit's id where there is none yet. The session must exist.
    """
    visit = visit_here(db, session, reference)
    if visit is None:
        seen = {"visit": walk_in, "reference": reference, "contact": contact, "session": session, "people": 1}
        _walk_in(db, seen)
        return walk_in
    [found] = lock_visits(db, col(Visit.id) == visit)
    if found.state == "attended":
        db.connection().exec_driver_sql(ONE_MORE, {"visit": visit, "most": MOST_PEOPLE, "now": now(db)})
        tell_state(db, replace(found, version=found.version + 1), VisitAttended)
    else:
        check_in(db, CheckIn(visit=visit, people=1, actor=actor))
    return visit


def visit_here(db: Session, session: UUID, reference: str) -> UUID | None:
    """A family's visit at a session, unless it was cancelled."""
    here = (Visit.session == session, Visit.reference == reference, Visit.state != "cancelled")
    return db.exec(select(Visit.id).where(*here).order_by(col(Visit.changed_at).desc())).first()


def _walk_in(db: Session, seen: dict[str, Any]) -> None:
    row = db.connection().exec_driver_sql(TAKE_WHAT_IS_LEFT, seen).mappings().first()
    if row:
        places.tell_session(db, row)
    db.connection().exec_driver_sql(WALKED_IN, {**seen, "now": now(db)})
    [attended] = lock_visits(db, col(Visit.id) == seen["visit"])
    tell_state(db, attended, VisitAttended)
