"""Reminders of a visit: two days before at 10:00 and on the morning at 08:00, by the site's clock. These hours lie
clear of the night with its curfews, of Ramadan evenings and of Friday noon; before a feast the first comes earlier."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col

from services.appointments.tables import Visit
from services.appointments.visits import PlannedVisit, lock_visits, tell_family
from shared.database import now
from shared.days_to_avoid import is_feast
from shared.messages.appointments import RemindVisit
from shared.messages.gateway import Template
from shared.messaging.outbox import Due, schedule_all, unschedule

TWO_DAYS_BEFORE = "two_days_before"
SAME_MORNING = "same_morning"


def times(starts_at: datetime, time_zone: str) -> dict[str, datetime]:
    """When a visit that starts then is to be recalled; the morning's only where it comes before the visit."""
    local = starts_at.astimezone(ZoneInfo(time_zone))
    before = datetime.combine(_no_feast(local.date() - timedelta(days=2)), time(10), local.tzinfo)
    morning = datetime.combine(local.date(), time(8), local.tzinfo)
    return {TWO_DAYS_BEFORE: before} | ({SAME_MORNING: morning} if morning < local else {})


def _no_feast(day: date) -> date:
    """The day, or the last one before it that is no feast: nobody is called on Eid, and many travel."""
    while is_feast(day):
        day -= timedelta(days=1)
    return day


def plan(db: Session, visits: Sequence[PlannedVisit]) -> None:
    """Schedule the reminders of visits as far as they lie ahead."""
    ahead = [
        Due(RemindVisit(visit=visit.id, version=visit.version), at, _key(visit.id, name))
        for visit in visits
        for name, at in times(visit.starts_at, visit.time_zone).items()
        if at > now(db)
    ]
    schedule_all(db, ahead)


def take_back(db: Session, visits: Sequence[UUID]) -> None:
    """Schedule no reminder of these visits any more."""
    unschedule(db, *(_key(visit, name) for visit in visits for name in (TWO_DAYS_BEFORE, SAME_MORNING)))


def remind(db: Session, due: RemindVisit) -> None:
    """Text a reminder, unless the visit was moved, cancelled or attended since, or has begun."""
    for visit in lock_visits(db, col(Visit.id) == due.visit, col(Visit.state) == "booked"):
        if visit.version == due.version and visit.starts_at > now(db):
            # Held back until the quiet hours end, the morning's would come when the visit begins.
            text_class = "case" if _is_today(db, visit) else "reminder"
            tell_family(db, visit, Template.REMINDER, text_class, not_after=visit.starts_at)


def _is_today(db: Session, visit: PlannedVisit) -> bool:
    zone = ZoneInfo(visit.time_zone)
    return visit.starts_at.astimezone(zone).date() == now(db).astimezone(zone).date()


def _key(visit: UUID, name: str) -> str:
    return f"reminder:{visit}:{name}"
