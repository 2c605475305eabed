"""Reminders of a visit: two days before at 10:00 and on the morning at 08:00, by the site's clock. These hours lie
clear of the night, of Ramadan evenings and of Friday noon."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col

from services.appointments.tables import Visit
from services.appointments.visits import PlannedVisit, lock_visits, tell_family
from shared.database import now
from shared.messages.appointments import RemindVisit
from shared.messages.gateway import Template
from shared.messaging.outbox import schedule, unschedule

TWO_DAYS_BEFORE = "two_days_before"
SAME_MORNING = "same_morning"


def times(starts_at: datetime, time_zone: str) -> dict[str, datetime]:
    """When a visit that starts then is to be recalled; the morning's only where it comes before the visit."""
    local = starts_at.astimezone(ZoneInfo(time_zone))
    before = datetime.combine(local.date() - timedelta(days=2), time(10), local.tzinfo)
    morning = datetime.combine(local.date(), time(8), local.tzinfo)
    return {TWO_DAYS_BEFORE: before} | ({SAME_MORNING: morning} if morning < local else {})


def plan(db: Session, visit: PlannedVisit) -> None:
    """Schedule a visit's reminders that lie ahead, in place of those it had."""
    ahead = {name: at for name, at in times(visit.starts_at, visit.time_zone).items() if at > now(db)}
    if visit.version > 1:
        take_back(db, [visit.id])
    for name, at in ahead.items():
        schedule(db, RemindVisit(visit=visit.id, version=visit.version), at, key=_key(visit.id, name))


def take_back(db: Session, visits: list[UUID]) -> None:
    """Schedule no reminder of these visits any more."""
    for visit in visits:
        for name in (TWO_DAYS_BEFORE, SAME_MORNING):
            unschedule(db, _key(visit, name))


def remind(db: Session, due: RemindVisit) -> None:
    """Text a reminder, unless the visit was moved, cancelled or attended since, or has begun."""
    for visit in lock_visits(db, col(Visit.id) == due.visit, col(Visit.state) == "booked"):
        if visit.version == due.version and visit.starts_at > now(db):
            tell_family(db, visit, Template.REMINDER, "reminder", not_after=visit.starts_at)


def _key(visit: UUID, name: str) -> str:
    return f"reminder:{visit}:{name}"
