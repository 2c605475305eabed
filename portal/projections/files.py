"""Families' files and how they are reached, as `reports` tells them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.tables import Contact, FamilyFile
from portal.tables.projected import CHANGED_IN
from shared.messages.reports import ContactChanged, ReportAccepted, ReportChanged

USED = "UPDATE reference_allocation SET state = 'used' WHERE reference = ANY(%(references)s)"
CHANGED_AT = sa.text("clock_timestamp()")


def note_accepted(db: Session, *events: ReportAccepted) -> None:
    """References that were given out have their reports."""
    db.connection().exec_driver_sql(USED, {"references": [event.reference for event in events]})
    note_done(db, events)


def keep_file(db: Session, *events: ReportChanged) -> None:
    """Families' files have new states."""
    rows = [event.model_dump() | {"timeline": _steps(event)} for event in events]
    keep_newest(db, FamilyFile, rows, changed_in=CHANGED_IN, changed_at=CHANGED_AT)
    note_done(db, events)


def _steps(event: ReportChanged) -> list[dict[str, Any]]:
    return [entry.model_dump(mode="json") for entry in event.timeline]


def keep_contact(db: Session, *events: ContactChanged) -> None:
    """How family members are reached has changed."""
    keep_newest(db, Contact, [_reached(event) for event in events])
    note_done(db, events)


def _reached(event: ContactChanged) -> dict[str, Any]:
    row = event.details.model_dump()
    row["sealed_phone"] = row.pop("phone")
    return {"version": event.version, "reference": event.reference, **row}
