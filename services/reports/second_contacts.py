"""Whom a family trusts to confirm that its number has changed: a second phone, verified when it was named."""

from sqlmodel import Session

from services.reports.contacts import PhoneIncomplete, refuse_unless_verified
from services.reports.files import lock_own_open_report
from services.reports.tables import SecondContact
from shared.database import now
from shared.messages.reports import SecondContactChanged, SetSecondContact
from shared.messaging.outbox import publish


def set_second_contact(db: Session, command: SetSecondContact) -> None:
    """Name the second phone of a file, another one, or none.

    Refuses with NotYours, FileClosed, PhoneIncomplete or
    VerificationNeeded.
    """
    report = lock_own_open_report(db, command)
    if (command.phone is None) != (command.phone_index is None):
        raise PhoneIncomplete
    refuse_unless_verified(db, command)
    second = db.get(SecondContact, report.reference)
    if second is None:
        second = SecondContact(reference=report.reference, version=0, since=now(db))
    second.version += 1
    second.gateway_sealed, second.number_index = command.phone, command.phone_index
    second.set_by, second.since = command.by, now(db)
    db.add(second)
    publish(db, second_contact_changed(second))


def second_contact_changed(second: SecondContact) -> SecondContactChanged:
    """Who is trusted now, as the door is told."""
    return SecondContactChanged(
        reference=second.reference,
        version=second.version,
        phone=second.gateway_sealed,
        phone_index=second.number_index,
    )
