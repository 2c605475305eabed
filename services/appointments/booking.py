"""Booking: a family's visit to a session, booked, moved, given back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments import metrics, offers, places, reminders
from services.appointments.places import AlreadyBooked
from services.appointments.tables import CollectionSession, FileState, Site
from services.appointments.visits import PLANNED, PlannedVisit, lock_coming, state_of, tell_family, tell_state
from shared.bounds import FIRST_MOMENT, LAST_MOMENT
from shared.messages.appointments import (
    BookVisit,
    CancelVisit,
    RescheduleVisit,
    VisitAttended,
    VisitBooked,
    VisitCancelled,
    VisitMissed,
    VisitState,
)
from shared.messages.gateway import Template
from shared.messages.model import Actor
from shared.messaging.outbox import caused_by
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change

MOST_TOGETHER = 20
"""Wishes in one transaction: each waits for all of them, and more would hardly be faster together."""


def book_visits(db: Session, commands: Sequence[BookVisit]) -> list[PlannedVisit | Refusal]:
    """Take places at sessions for families, each family's all or none, in the order they came, and tell them.

    Answers each with its visit or with a refusal: SessionFull or SessionClosed (naming the next session that has room),
    NotYours, AlreadyBooked, FileClosed or UnknownSession.
    """
    are_own = _are_own(db, commands)
    taken = iter(places.take(db, [command for command, own in zip(commands, are_own, strict=True) if own]))
    answers = [next(taken) if own else NotYours() for own in are_own]
    booked = [answer for answer in answers if isinstance(answer, PlannedVisit)]
    causes = {command.visit: command for command in commands}
    for visit in booked:
        caused_by(db, causes[visit.id])
        _tell_booked(db, visit)
    reminders.plan(db, booked)
    for answer in answers:
        metrics.bookings.labels(answer.reason if isinstance(answer, Refusal) else "booked").inc()
    return answers


def _are_own(db: Session, commands: Sequence[BookVisit]) -> list[bool]:
    """Whether each visit is its actor's to book."""
    by_staff = {command.reference for command in commands if isinstance(command.actor, Actor)}
    responsible: dict[str, str | None] = {}
    if by_staff:
        wanted = select(FileState.reference, FileState.institution)
        responsible = dict(db.exec(wanted.where(col(FileState.reference).in_(by_staff))).all())
    return [
        may_change(command.actor, institution=responsible.get(command.reference), reference=command.reference)
        for command in commands
    ]


def carry_out(db: Session, commands: Sequence[BookVisit]) -> list[Refusal | None]:
    """Book visits as `book_visits` does; answers each with None or its refusal."""
    return [answer if isinstance(answer, Refusal) else None for answer in book_visits(db, commands)]


def book_visit(db: Session, command: BookVisit) -> PlannedVisit:
    """Take places for one family, as `book_visits` does. Raises the refusal."""
    [answer] = book_visits(db, [command])
    if isinstance(answer, Refusal):
        raise answer
    return answer


def reschedule_visit(db: Session, command: RescheduleVisit) -> PlannedVisit:
    """Move a visit to another session; when that has no room, the family keeps the places it has.

    Refuses with UnknownVisit, NotYours, NotBooked, VisitPast, AlreadyBooked (the same session), and as `book_visit`.
    """
    visit = lock_coming(db, command.visit, command.actor)
    if visit.session == command.session:
        raise AlreadyBooked(visit=visit.id)
    moved = places.move(db, visit, command)
    _tell_booked(db, moved)
    reminders.take_back(db, [visit.id])
    reminders.plan(db, [moved])
    offers.make(db, visit.session)
    return moved


def cancel_visit(db: Session, command: CancelVisit) -> None:
    """Give a visit's places back, and confirm it to the family.

    Refuses with UnknownVisit, NotYours, NotBooked or VisitPast.
    """
    visit = lock_coming(db, command.visit, command.actor)
    release(db, [visit], is_asked_by_family=command.by is None)


def release(db: Session, visits: list[PlannedVisit], *, is_asked_by_family: bool = False) -> int:
    """Cancel these locked, booked visits, tell each family, and offer the places to those who wait; how many."""
    for cancelled in cancel(db, visits):
        text_class = "answer" if is_asked_by_family else "case"
        tell_family(db, cancelled, Template.CANCELLED, text_class, not_after=cancelled.ends_at)
    offers.make(db, *{visit.session for visit in visits})
    return len(visits)


def cancel(db: Session, visits: list[PlannedVisit]) -> list[PlannedVisit]:
    """Cancel these locked, booked visits: their places are free, no reminder is due. The families are not told here."""
    places.give_back(db, visits)
    reminders.take_back(db, [v.id for v in visits])
    cancelled = [replace(visit, version=visit.version + 1, state="cancelled") for visit in visits]
    for visit in cancelled:
        tell_state(db, visit, VisitCancelled)
    return cancelled


LIST = sa.text("""
SELECT v.id, v.reference, v.places, v.state, v.people FROM visit v
WHERE v.session = :session AND v.state <> 'cancelled' ORDER BY v.reference, v.id
""")


def visits_of_session(db: Session, session: str, institution: str) -> list[dict[str, Any]]:
    """A session's visits for the staff of the institution that runs it, by reference; those cancelled are left out.

    Raises LookupError where the institution runs no such session.
    """
    wanted = select(CollectionSession.id).join(Site).where(Site.institution == institution)
    if db.exec(wanted.where(CollectionSession.id == UUID(session))).first() is None:
        raise LookupError("no such session")
    return [{**row, "id": str(row["id"])} for row in db.connection().execute(LIST, {"session": session}).mappings()]


def states(db: Session) -> Iterator[VisitState]:
    """Every visit as it is now, but for those of sessions from before moments were bounded."""
    bounded = PLANNED.where(col(CollectionSession.starts_at).between(FIRST_MOMENT, LAST_MOMENT))
    for row in db.connection().execute(bounded, execution_options={"yield_per": 1000}).mappings():
        visit = PlannedVisit.of(row)
        yield state_of(visit, TOLD_AS[visit.state])


TOLD_AS = {"booked": VisitBooked, "cancelled": VisitCancelled, "attended": VisitAttended, "missed": VisitMissed}


def _tell_booked(db: Session, visit: PlannedVisit) -> None:
    tell_state(db, visit, VisitBooked)
    tell_family(db, visit, Template.APPOINTMENT, "answer", not_after=visit.starts_at)
