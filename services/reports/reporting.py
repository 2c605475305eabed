"""Reporting: a report comes into the record, and more is said of it later."""

from uuid import uuid4

from sqlmodel import Session

from services.reports import candidates, consent, contacts, files, linking, relatives
from services.reports.candidates import Candidate, as_json, as_record, record_of
from services.reports.files import lock_open_report
from services.reports.sealed import opened
from services.reports.statements import Source, already_said, write_statements
from services.reports.status import enter
from services.reports.tables import CaseFile, Person, Report
from shared.database import now
from shared.messages.report_content import ReportContent
from shared.messages.reports import AcceptReport, AddToReport, ReportAccepted
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class NotShared(Refusal):
    """The family did not share this file with the institution that wants to add to it."""

    reason = "not_shared"


def accept_report(db: Session, command: AcceptReport) -> None:
    """Take a report into the record: its case, its statements, its family's contact and consents; look for its like.

    A reference that is in the record already is only confirmed again.
    """
    accepted = ReportAccepted(reference=command.reference, institution=command.institution)
    if _is_here(db, command.reference):
        publish(db, accepted)
        return
    content = opened(command.content, ReportContent, command.reference)
    record = record_of(content.person, content.event)
    report = _open_report(db, command, content)
    report.linkage = as_json(record)
    source = Source(report.reference, command.institution, command.entered_by, now(db))
    reporter = _write_people(db, report, content, source)
    contact, phone = contacts.open_contact(db, report, reporter.id, command.contact, content.reporter)
    consent.record_given(db, report, reporter.id, content.consent, contact, command.entered_by)
    step = enter(db, report, "received", command.entered_by)
    candidates.store(db, Candidate(report.reference, report.institution, report.shared_with, record))
    files.note_change(db, report, "report_accepted")
    publish(db, contacts.contact_changed(contact, phone))
    publish(db, accepted)
    publish(db, files.compose_state(report, contact, phone, [step]))
    if phone and phone.is_verified and command.channel != "import":
        contacts.confirm_registration(db, report, contact)
    elif phone and command.channel not in {"import", "web"}:  # on the web the portal has asked, by a one-time code
        contacts.ask_to_confirm(db, report, contact)
    linking.propose_links(db, report, record)


def _is_here(db: Session, reference: str) -> bool:
    # Without a flush: the rows of all reports of a transaction are written together at its end.
    with db.no_autoflush:
        return candidates.was_stored(db, reference) or db.get(Report, reference) is not None


def _open_report(db: Session, command: AcceptReport, content: ReportContent) -> Report:
    case = CaseFile(id=uuid4(), opened_at=now(db))
    report = Report(
        reference=command.reference,
        own_case=case.id,
        case=case.id,
        institution=command.institution,
        channel=command.channel,
        entered_by=command.entered_by,
        received_at=now(db),
        event=content.event.code,
        governorate=content.event.governorate,
        is_demo=command.contact.is_demo,
    )
    db.add_all((case, report))
    return report


def _write_people(db: Session, report: Report, content: ReportContent, source: Source) -> Person:
    """Keep the missing person, the reporter and the relatives. Returns the reporter."""
    missing = Person(id=uuid4(), reference=report.reference, role="missing", sex=content.person.sex)
    db.add(missing)
    write_statements(db, missing.id, content, source, set())
    pedigree = relatives.new_pedigree(missing)
    relatives.add_relatives(db, pedigree, content.relatives, source)
    reporter = relatives.add_reporter(db, pedigree, content.reporter, source)
    relatives.write_links(db, pedigree, source)
    return reporter


def add_to_report(db: Session, command: AddToReport) -> None:
    """Write down what is new in a content, beside what was said before; then look for the report's like again.

    Refuses with NotShared or FileClosed.
    """
    report = lock_open_report(db, command.reference)
    if not consent.may_see(report, command.institution):
        raise NotShared
    content = opened(command.content, ReportContent, command.reference)
    missing = relatives.person_of(db, report.reference, "missing")
    source = Source(report.reference, command.institution, command.entered_by, now(db))
    is_new = write_statements(db, missing.id, content, source, already_said(db, missing.id))
    is_new |= _add_relatives(db, missing, content, source)
    if not is_new:
        return
    record = candidates.merged(as_record(report.linkage), record_of(content.person, content.event))
    report.linkage = as_json(record)
    report.event, report.governorate = record.event, record.governorate
    missing.sex = missing.sex or record.sex
    candidates.store_again(db, Candidate(report.reference, report.institution, report.shared_with, record))
    files.report_changed(db, report)
    linking.propose_links(db, report, record)


def _add_relatives(db: Session, missing: Person, content: ReportContent, source: Source) -> bool:
    new = relatives.not_yet_told(db, missing.reference, content.relatives)
    if new:
        pedigree = relatives.pedigree_of(db, missing)
        relatives.add_relatives(db, pedigree, new, source)
        relatives.write_links(db, pedigree, source)
    return bool(new)
