"""A file's status as its family sees it: which step may follow which, and who may take it.

A match, a review, an identification never show here: the file reads `please_contact_us` after a request of whatever
occasion, and `with_your_contact_person` after a meeting.
"""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from services.reports.contacts import ask_to_get_in_touch
from services.reports.files import FileClosed, lock_own_report, lock_report, report_changed
from services.reports.sealed import opened
from services.reports.tables import ContactAsked, Report, StatusEntry
from shared.database import now
from shared.messages.matching import ContactPerson, ContactRequested, MeetingRecorded
from shared.messages.reports import SetStatus, Status, WithdrawReport
from shared.messaging.refusal import Refusal

_WORK: Final[dict[Status, frozenset[Status]]] = {
    "received": frozenset({"being_checked", "registered", "more_information_needed"}),
    "being_checked": frozenset({"registered", "more_information_needed"}),
    "more_information_needed": frozenset({"being_checked", "registered", "samples_needed", "search_continues"}),
    "registered": frozenset({"more_information_needed", "samples_needed", "samples_complete", "search_continues"}),
    "samples_needed": frozenset({"more_information_needed", "samples_complete", "search_continues"}),
    "samples_complete": frozenset({"more_information_needed", "samples_needed", "search_continues"}),
    "search_continues": frozenset({"more_information_needed", "samples_needed", "samples_complete"}),
    "please_contact_us": frozenset(),
    "with_your_contact_person": frozenset({"more_information_needed", "samples_needed", "search_continues"}),
    "closed_at_family_request": frozenset(),
}


class StatusNotAllowed(Refusal):
    """This step may not follow the file's status, or is not an officer's to take."""

    reason = "status_not_allowed"


def may_follow(status: Status, next_status: Status) -> bool:
    """Whether an officer may move a file from one status to another."""
    return next_status in _WORK[status]


def set_status(db: Session, command: SetStatus) -> None:
    """Move a file on; the status it has already changes nothing.

    Refuses with NotYours, FileClosed or StatusNotAllowed.
    """
    report = lock_own_report(db, command)
    if not report.is_open:
        raise FileClosed
    if report.status == command.status:
        return
    if not may_follow(report.status, command.status):  # pyright: ignore[reportArgumentType]
        raise StatusNotAllowed(status=report.status)
    enter(db, report, command.status, command.by)
    report_changed(db, report)


def enter(db: Session, report: Report, status: Status, by: UUID | None = None) -> StatusEntry:
    """Give a file a status and its timeline a step."""
    entry = StatusEntry(reference=report.reference, status=status, at=now(db), by=by)
    report.status, report.is_open = status, status != "closed_at_family_request"
    db.add_all((report, entry))
    return entry


def withdraw_report(db: Session, command: WithdrawReport) -> None:
    """Close a file at its family's wish; closing it again changes nothing. What was said stays on record.

    Refuses with NotYours."""
    report = lock_own_report(db, command)
    if report.is_open:
        close(db, report, command.by)


def close(db: Session, report: Report, by: UUID | None) -> None:
    """Close an open file, and tell it."""
    enter(db, report, "closed_at_family_request", by)
    report_changed(db, report)


def on_contact_requested(db: Session, event: ContactRequested) -> None:
    """A family is asked to get in touch: by its file and by text, in the same words on every occasion."""
    if report := _take_step(db, event, "please_contact_us"):
        ask_to_get_in_touch(db, report)


def on_meeting_recorded(db: Session, event: MeetingRecorded) -> None:
    """A family was met: its own file says so and by whom, and no other."""
    person = event.contact_person and opened(event.contact_person, ContactPerson, event.reference)
    _take_step(db, event, "with_your_contact_person", person.staff if person else None)


def _take_step(
    db: Session, event: ContactRequested | MeetingRecorded, status: Status, contact_person: UUID | None = None
) -> Report | None:
    """Take the step and tell it. Returns the report, or None where there was no step to take."""
    report = lock_report(db, event.reference)
    if not _is_news(db, event) or not report.is_open:
        return None
    if report.status == status and contact_person in (None, report.contact_person):
        return None
    report.contact_person = contact_person or report.contact_person
    if report.status != status:
        enter(db, report, status)
    report_changed(db, report)
    return report


def _is_news(db: Session, event: ContactRequested | MeetingRecorded) -> bool:
    """Whether nothing newer of this request was heard: its events may arrive in any order."""
    known = db.get(ContactAsked, event.contact_request)
    if known is None:
        db.add(ContactAsked(contact_request=event.contact_request, reference=event.reference, version=event.version))
        return True
    if known.version >= event.version:
        return False
    known.version = event.version
    return True
