"""How the family member behind a file is reached: language, channel, detail, and a number that counts once verified."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlmodel import Session

from services.reports import files
from services.reports.files import lock_own_open_report
from services.reports.rows import Rows
from services.reports.sealed import opened, seal, seal_if
from services.reports.tables import Contact, Phone, Report, SecondContact
from shared.database import now
from shared.messages.gateway import Send, Template
from shared.messages.model import FamilyActor
from shared.messages.report_content import Reporter
from shared.messages.reports import ContactChanged, ContactDetails, PhoneNumber, SetContact, SetSecondContact
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.settings import settings

_TEXT_LIVES: Final = timedelta(hours=48)


_CLOCKS_DIFFER: Final = timedelta(minutes=1)
_VERIFICATION_COUNTS: Final = timedelta(minutes=30)


class VerificationNeeded(Refusal):
    """A desk changes a number only after it has made sure, shortly before, that it speaks with the family."""

    reason = "verification_needed"


class PhoneIncomplete(Refusal):
    """A new number comes sealed for the gateway and with its blind index, or not at all."""

    reason = "phone_incomplete"


def open_contact(
    rows: Rows, report: Report, person: UUID, details: ContactDetails, reporter: Reporter
) -> tuple[Contact, Phone | None]:
    """Keep how a new file's family member is reached."""
    contact = Contact(
        id=details.contact,
        reference=report.reference,
        person=person,
        language=details.language,
        channel=details.channel,
        detail=details.detail,
        sealed_safe_times=seal_if(reporter.safe_times, f"safe-times:{details.contact}"),
        is_demo=details.is_demo,
    )
    phone = None
    if details.phone and details.phone_index:
        phone = _new_phone(report.received_at, contact.id, details.phone, details.phone_index)
        if details.is_verified:
            _verify(phone, report.received_at, None)
        phone.sealed_number = seal_if(reporter.phone, f"phone:{contact.id}")
    rows.take(contact)
    if phone:
        rows.take(phone)
    return contact, phone


def set_contact(db: Session, command: SetContact) -> None:
    """Change how a family member is reached. A new number replaces the old one, which loses access at once.

    Where the old one was verified it is told, and so is the phone that the family trusts; a number that the old one did
    not confirm opens nothing for a while.
    Refuses with NotYours, FileClosed, PhoneIncomplete or VerificationNeeded.
    """
    report = lock_own_open_report(db, command)
    if (command.phone is None) != (command.phone_index is None):
        raise PhoneIncomplete
    if command.phone or command.is_verified:
        refuse_unless_verified(db, command)
    contact = files.contact_of(db, command.reference)
    contact.language = command.language or contact.language
    contact.channel = command.channel or contact.channel
    contact.detail = command.detail or contact.detail
    phone = files.phone_of(db, contact)
    if command.phone:
        phone = _replace_phone(db, contact, phone, command)
    elif command.is_verified and phone is not None:
        _verify(phone, now(db), command.by)
        db.add(phone)
    contact.version += 1
    db.add(contact)
    files.report_changed(db, report)
    publish(db, contact_changed(contact, phone))
    if command.phone and phone is not None and not phone.is_verified:
        ask_to_confirm(db, report, contact)


def refuse_unless_verified(db: Session, command: SetContact | SetSecondContact) -> None:
    """Refuse with VerificationNeeded where a desk acts that has not verified, within half an hour, whom it speaks with.

    A family that acts itself has proved a phone, or its PIN and the phone that it trusts, to the door it came by.
    """
    if isinstance(command.actor, FamilyActor):
        return
    found = command.verification
    if found is None or not now(db) - _VERIFICATION_COUNTS <= found.verified_at <= now(db) + _CLOCKS_DIFFER:
        raise VerificationNeeded


def contact_changed(contact: Contact, phone: Phone | None) -> ContactChanged:
    """A contact's state, as the gateway is told."""
    details = {
        "contact": contact.id,
        "phone": phone and phone.gateway_sealed,
        "phone_index": phone and phone.number_index,
        "is_verified": phone is not None and phone.is_verified,
        "language": contact.language,
        "channel": contact.channel,
        "detail": contact.detail,
        "is_demo": contact.is_demo,
        "logs_in_from": phone and phone.logs_in_from,
    }
    return ContactChanged(
        reference=contact.reference, version=contact.version, details=ContactDetails.model_validate(details)
    )


def confirm_registration(db: Session, report: Report, contact: Contact) -> None:
    """Text the reference to a verified phone, if its owner wants texts."""
    if "sms" in report.contact_by or "whatsapp" in report.contact_by:
        _text(db, contact, Template.REGISTERED, {"ref": report.reference})


def ask_to_confirm(db: Session, report: Report, contact: Contact) -> None:
    """Ask an unverified phone, once and without a reference, whether it is the right one."""
    if "sms" in report.contact_by or "whatsapp" in report.contact_by:
        _text(db, contact, Template.CONFIRM_PHONE, {})


def text_family(db: Session, report: Report, template: Template) -> None:
    """Text a family that something has changed or waits on its page, if its phone is verified and it wants texts."""
    contact = files.contact_of(db, report.reference)
    phone = files.phone_of(db, contact)
    if phone and phone.is_verified and ("sms" in report.contact_by or "whatsapp" in report.contact_by):
        _text(db, contact, template, {"ref": report.reference})


def ask_to_get_in_touch(db: Session, report: Report) -> None:
    """Text a verified phone that we would like to hear from its owner: the same words on every occasion."""
    text_family(db, report, Template.CONTACT_US)


def _text(db: Session, contact: Contact, template: Template, values: dict[str, str]) -> None:
    send = {
        "text": uuid4(),
        "contact": contact.id,
        "template": template,
        "values": values,
        "text_class": "case",
        "not_after": now(db) + _TEXT_LIVES,
    }
    publish(db, Send.model_validate(send))


def _replace_phone(db: Session, contact: Contact, former: Phone | None, command: SetContact) -> Phone:
    assert command.phone is not None
    assert command.phone_index is not None
    if former is not None:
        former.until = now(db)
        db.add(former)
        db.flush()  # one number counts at a time
    phone = _new_phone(now(db), contact.id, command.phone, command.phone_index)
    if command.is_verified:
        _verify(phone, now(db), command.by)
    if former is not None and former.is_verified and former.number_index != command.phone_index:
        if not (command.is_confirmed_by_old and isinstance(command.actor, FamilyActor)):
            phone.logs_in_from = now(db) + timedelta(seconds=settings().new_number_waits_s)
        _tell_of_new_number(db, contact, former)
    phone.verification = command.verification and command.verification.model_dump(mode="json")
    if command.phone_for_record:
        number = opened(command.phone_for_record, PhoneNumber, command.reference).number
        phone.sealed_number = seal(number, f"phone:{contact.id}")
    db.add(phone)
    return phone


def _tell_of_new_number(db: Session, contact: Contact, former: Phone) -> None:
    """Tell the old number, and the phone that the family trusts. Neither text names a report."""
    trusted = db.get(SecondContact, contact.reference)
    for sealed in {former.gateway_sealed, trusted.gateway_sealed if trusted else None} - {None}:
        send = {
            "text": uuid4(),
            "phone": sealed,
            "language": contact.language,
            "template": Template.NUMBER_CHANGED,
            "text_class": "case",
            "not_after": now(db) + _TEXT_LIVES,
        }
        publish(db, Send.model_validate(send))


def _new_phone(since: datetime, contact: UUID, sealed: str, index: str) -> Phone:
    return Phone(id=uuid4(), contact=contact, gateway_sealed=sealed, number_index=index, since=since)


def _verify(phone: Phone, at: datetime, by: UUID | None) -> None:
    if not phone.is_verified:
        phone.is_verified, phone.verified_at, phone.verified_by = True, at, by
