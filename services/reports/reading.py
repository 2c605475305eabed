"""What staff read of a file: every statement with its source, its people, consents, links, as far as the family let
their institution see. Nothing here writes."""

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from services.reports import files, handing_over, links_reading, people_reading, photos
from services.reports.consent import is_by_receiver, may_see, visible_to
from services.reports.sealed import unseal
from services.reports.tables import Consent, Contact, Report, StatusEntry
from services.reports.wishes import wishes_of

_MOST_ROWS = 200
NOT_TOLD: Final = {"phone": None, "safe_times": None, "is_withheld": True}
"""Of how a family is reached, what a reader by its consent is not told."""


def visible_report(db: Session, reference: str, institution: str | None) -> Report:
    """A report that an institution may see. Raises LookupError, the same where there is none and where it may not."""
    report = db.get(Report, reference)
    if report is None or not may_see(report, institution):
        raise LookupError
    return report


def read_report(db: Session, reference: str, institution: str | None) -> dict[str, Any]:
    """A whole file. Raises LookupError.

    Who reads it by the family's consent alone gets no phone number of anybody: families are told so when they agree.
    """
    report = visible_report(db, reference, institution)
    may_reach = institution in (None, report.institution)
    wishes = wishes_of(db, reference)
    return {
        **summary_of(report),
        "case": str(report.case),
        "needs": files.needs_of(report, files.phone_of(db, files.contact_of(db, reference))),
        "shared_with": report.shared_with,
        "contact_by": report.contact_by,
        "timeline": _timeline(db, reference),
        "person": people_reading.missing_person(db, reference),
        "relatives": people_reading.relatives(db, reference, with_phones=may_reach),
        "pedigree": people_reading.pedigree(db, reference),
        "contact": _contact(db, reference) | ({} if may_reach else NOT_TOLD),
        "consents": _consents(db, reference),
        "wishes": wishes.model_dump() if wishes else None,
        "photos": photos.photos_of(db, reference),
        "links": links_reading.links_of_report(db, report, institution),
        "is_known_elsewhere": links_reading.is_known_elsewhere(db, report, institution),
        "hand_over": handing_over.open_offer_of(db, reference),
    }


def read_status(db: Session, reference: str, institution: str | None) -> dict[str, Any]:
    """A report's status and those of its links that an institution may see, as the API answers. Raises LookupError."""
    report = visible_report(db, reference, institution)
    return {
        "reference": reference,
        "status": report.status,
        "received_at": report.received_at.isoformat(),
        "links": links_reading.links_of_report(db, report, institution),
        "is_known_elsewhere": links_reading.is_known_elsewhere(db, report, institution),
    }


def list_reports(
    db: Session, institution: str | None, status: str | None = None, before: str | None = None, most: int = 50
) -> list[dict[str, Any]]:
    """The reports that an institution may see, newest first; `before` is the last one's `received_at`."""
    wanted = select(Report).order_by(col(Report.received_at).desc(), col(Report.reference)).limit(min(most, _MOST_ROWS))
    wanted = wanted.where(visible_to(institution))
    if status is not None:
        wanted = wanted.where(col(Report.status) == status)
    if before is not None:
        wanted = wanted.where(col(Report.received_at) < datetime.fromisoformat(before))
    return [summary_of(report) for report in db.exec(wanted)]


def summary_of(report: Report) -> dict[str, Any]:
    """A report in a line of a list."""
    return {
        "reference": report.reference,
        "version": report.version,
        "institution": report.institution,
        "channel": report.channel,
        "received_at": report.received_at.isoformat(),
        "status": report.status,
        "is_open": report.is_open,
        "event": report.event,
        "governorate": report.governorate,
        "samples": report.samples,
        "name": next(iter(report.linkage.get("names", ())), ""),
        "is_demo": report.is_demo,
    }


def _timeline(db: Session, reference: str) -> list[dict[str, Any]]:
    steps = select(StatusEntry).where(col(StatusEntry.reference) == reference).order_by(col(StatusEntry.id))
    return [
        {"status": step.status, "at": step.at.isoformat(), "by": step.by and str(step.by)} for step in db.exec(steps)
    ]


def _contact(db: Session, reference: str) -> dict[str, Any]:
    contact = files.contact_of(db, reference)
    phone = files.phone_of(db, contact)
    number = phone and phone.sealed_number
    return {
        "contact": str(contact.id),
        "language": contact.language,
        "channel": contact.channel,
        "detail": contact.detail,
        "safe_times": _safe_times(contact),
        "phone": number and unseal(number, f"phone:{contact.id}"),
        "is_verified": phone is not None and phone.is_verified,
        "is_withheld": False,
    }


def _safe_times(contact: Contact) -> str | None:
    return contact.sealed_safe_times and unseal(contact.sealed_safe_times, f"safe-times:{contact.id}")


def _consents(db: Session, reference: str) -> list[dict[str, Any]]:
    words = select(Consent).where(col(Consent.reference) == reference).order_by(col(Consent.id))
    return [
        {
            "purpose": word.purpose,
            "recipient": word.recipient,
            "is_given": word.is_given,
            "text_version": word.text_version,
            "language": word.language,
            "read_aloud": word.read_aloud,
            "given_at": word.given_at.isoformat(),
            "recorded_by": word.recorded_by and str(word.recorded_by),
            "counts": not is_by_receiver(word.purpose, word.recipient, word.recorded_for),
        }
        for word in db.exec(words)
    ]
