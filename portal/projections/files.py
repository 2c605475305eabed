"""Families' files, how they are reached, what they wish and said, as `reports` tells them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.sealed_words import resealed
from portal.tables import Concern, Contact, FamilyFile, FamilyWishes, Photo, SecondContact
from portal.tables.projected import CHANGED_IN
from shared.messages.matching import ContactPerson
from shared.messages.model import open_content
from shared.messages.reports import (
    ConcernChanged,
    ContactChanged,
    PhotoChanged,
    Remark,
    ReportAccepted,
    ReportChanged,
    SecondContactChanged,
    WishesChanged,
)
from shared.messages.reports import FamilyWishes as Wishes

USED = "UPDATE reference_allocation SET state = 'used' WHERE reference = ANY(%(references)s)"
CHANGED_AT = sa.text("clock_timestamp()")


def note_accepted(db: Session, *events: ReportAccepted) -> None:
    """References that were given out have their reports."""
    db.connection().exec_driver_sql(USED, {"references": [event.reference for event in events]})
    note_done(db, events)


def keep_file(db: Session, *events: ReportChanged) -> None:
    """Families' files have new states."""
    keep_newest(db, FamilyFile, [_file(event) for event in events], changed_in=CHANGED_IN, changed_at=CHANGED_AT)
    note_done(db, events)


def _file(event: ReportChanged) -> dict[str, Any]:
    row = event.model_dump()
    row["timeline"] = [entry.model_dump(mode="json") for entry in event.timeline]
    person = event.contact_person and open_content(event.contact_person, ContactPerson, event.reference)
    row["contact_person"] = person.staff if person else None
    row["hand_over"] = event.hand_over and event.hand_over.model_dump(mode="json")
    return row


def keep_contact(db: Session, *events: ContactChanged) -> None:
    """How family members are reached has changed."""
    keep_newest(db, Contact, [_reached(event) for event in events])
    note_done(db, events)


def _reached(event: ContactChanged) -> dict[str, Any]:
    row = event.details.model_dump()
    row["sealed_phone"] = row.pop("phone")
    return {"version": event.version, "reference": event.reference, **row}


def keep_wishes(db: Session, *events: WishesChanged) -> None:
    """Families wish otherwise."""
    keep_newest(db, FamilyWishes, [_wishes(event) for event in events])
    note_done(db, events)


def _wishes(event: WishesChanged) -> dict[str, Any]:
    sealed = resealed(event.wishes, Wishes, event.reference, f"wishes:{event.reference}")
    return {"reference": event.reference, "version": event.version, "sealed_wishes": sealed}


def keep_second_contact(db: Session, *events: SecondContactChanged) -> None:
    """Families trust another phone, or none."""
    keep_newest(db, SecondContact, [_trusted(event) for event in events])
    note_done(db, events)


def _trusted(event: SecondContactChanged) -> dict[str, Any]:
    row = event.model_dump()
    row["sealed_phone"] = row.pop("phone")
    return row


def keep_photo(db: Session, *events: PhotoChanged) -> None:
    """Families gave photos, or took them back."""
    keep_newest(db, Photo, [event.model_dump() for event in events])
    note_done(db, events)


def keep_concern(db: Session, *events: ConcernChanged) -> None:
    """Families said something, or were answered."""
    keep_newest(db, Concern, [_concern(event) for event in events])
    note_done(db, events)


def _concern(event: ConcernChanged) -> dict[str, Any]:
    row = event.model_dump()
    words, answer, about = row.pop("words"), row.pop("answer"), str(event.concern)
    row["sealed_words"] = words and resealed(words, Remark, about, f"concern:{about}")
    row["sealed_answer"] = answer and resealed(answer, Remark, about, f"answer:{about}")
    return row
