"""Routine contacts: every family is asked to get in touch now and then, on a random day: being asked is no news."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import update
from sqlmodel import Session, col

from services.matching.contacting import open_request
from services.matching.tables import ContactRequest, Family, Occasion
from shared.database import now
from shared.settings import settings

EARLY_SHARE = 0.25
"""How many routine contacts come before the usual days: if none did, an early one could only be about something."""

DAY_S = 86_400


def draw_wait(days: tuple[int, int], chance: Random) -> timedelta:
    """A random time until a routine contact: mostly within `days` (the first and the last), sometimes earlier."""
    first, last = days
    if chance.random() < EARLY_SHARE:
        first, last = 0, first
    return timedelta(seconds=chance.uniform(first * DAY_S, last * DAY_S))


def next_contact_at(db: Session, chance: Random) -> datetime:
    """When a family's next routine contact is due, drawn by lot."""
    return now(db) + draw_wait(settings().routine_contact_days, chance)


def plan_next(db: Session, family: Family, chance: Random) -> None:
    """Set a family's next routine contact anew, where it wants any and none is under way."""
    if not family.can_be_asked:
        family.routine_contact_at = None
    elif family.routine_contact_at is None and open_request(db, family.reference) is None:
        family.routine_contact_at = next_contact_at(db, chance)
    db.add(family)


def plan_those_due(db: Session, until: datetime) -> None:
    """Plan the contacts whose day comes until then."""
    due = col(Family.routine_contact_at) <= until
    can_be_asked = (col(Family.is_open), col(Family.is_verified), ~col(Family.wants_to_wait))
    taken = update(Family).where(due, *can_be_asked).values(routine_contact_at=None)
    requests = [ContactRequest(reference=r) for (r,) in db.exec(taken.returning(col(Family.reference)))]
    db.add_all(requests)
    db.flush()
    at = now(db)
    db.add_all(Occasion(contact_request=r.id, kind="routine", reason="by_plan", planned_at=at) for r in requests)
