"""Attendance: who of those booked came."""

from dataclasses import replace

from sqlmodel import Session, col, update

from services.appointments import reminders
from services.appointments.tables import Visit
from services.appointments.visits import lock_booked, tell_state
from shared.database import now
from shared.messages.appointments import CheckIn, VisitAttended


def check_in(db: Session, command: CheckIn) -> None:
    """Record that a family came, and how many they were; also afterwards, when a day's lists are entered.

    Refuses with UnknownVisit or NotBooked.
    """
    visit = lock_booked(db, command.visit)
    attended = replace(visit, version=visit.version + 1, state="attended")
    came = {"state": attended.state, "version": attended.version, "people": command.people, "changed_at": now(db)}
    db.exec(update(Visit).where(col(Visit.id) == visit.id).values(**came))
    reminders.take_back(db, [visit.id])
    tell_state(db, attended, VisitAttended)
