"""Families' files and how they are reached, as `reports` tells them."""

import sqlalchemy as sa
from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.tables import Contact, FamilyFile
from portal.tables.projected import CHANGED_IN
from shared.messages.reports import ContactChanged, ReportAccepted, ReportChanged

USED = "UPDATE reference_allocation SET state = 'used' WHERE reference = %(reference)s"
CHANGED_AT = sa.text("clock_timestamp()")


def note_accepted(db: Session, event: ReportAccepted) -> None:
    """A reference that was given out has its report."""
    db.connection().exec_driver_sql(USED, {"reference": event.reference})
    note_done(db, event)


def keep_file(db: Session, event: ReportChanged) -> None:
    """A family's file has a new state."""
    row = event.model_dump()
    row["timeline"] = [entry.model_dump(mode="json") for entry in event.timeline]
    keep_newest(db, FamilyFile, row, changed_in=CHANGED_IN, changed_at=CHANGED_AT)
    note_done(db, event)


def keep_contact(db: Session, event: ContactChanged) -> None:
    """How a family member is reached has changed."""
    row = event.details.model_dump()
    row["sealed_phone"] = row.pop("phone")
    keep_newest(db, Contact, {"version": event.version, "reference": event.reference, **row})
    note_done(db, event)
