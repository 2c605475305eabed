"""Reporting: a report comes into the record, and more is said of it later."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from services.reports import candidates, consent, contacts, files, linking, relatives, samples
from services.reports.candidates import Candidate, as_json, as_record, record_of
from services.reports.files import lock_own_open_report
from services.reports.helping import count_helpers, kin_told, would_help
from services.reports.rows import Rows
from services.reports.sealed import opened
from services.reports.statements import Source, already_said, write_statements
from services.reports.tables import CaseFile, Contact, Person, Phone, Report, StatusEntry
from shared.database import now
from shared.messages.report_content import ReportAddition, ReportContent
from shared.messages.reports import AcceptReport, AddToReport, ReportAccepted
from shared.messaging.outbox import caused_by, publish
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change
from shared.settings import settings


def accept_reports(db: Session, commands: Sequence[AcceptReport]) -> list[Refusal | None]:
    """Take reports into the record, each with its case, statements, contact and consents; look for the like of all.

    A reference that is in the record already is only confirmed again, to whoever may change its report. Answers each
    with None or with NotYours. Set-based: a batch costs few statements.
    """
    responsible = _responsible(db, commands)
    rows, accepted = Rows(), list[tuple[AcceptReport, Candidate]]()
    answers: list[Refusal | None] = []
    for command in commands:
        caused_by(db, command)
        reference = command.reference
        institution = responsible.get(reference)
        if institution is None:
            institution = responsible[reference] = command.institution or settings().own_desk
            accepted.append((command, _accept(db, rows, command, institution)))
        elif not may_change(command.actor, institution=institution, reference=reference):
            answers.append(NotYours())
            continue
        publish(db, ReportAccepted(reference=reference, institution=institution))
        answers.append(None)
    linking.lock_search(db)
    rows.write(db)
    linking.propose_links(db, accepted)
    samples.count_earlier(db, [command.reference for command, _ in accepted])
    return answers


def accept_report(db: Session, command: AcceptReport) -> None:
    """Take one report into the record, as `accept_reports` does. Raises the refusal."""
    [refusal] = accept_reports(db, [command])
    if refusal:
        raise refusal


def _responsible(db: Session, commands: Sequence[AcceptReport]) -> dict[str, str]:
    """The responsible institution of those reports that are in the record already."""
    references = [command.reference for command in commands]
    known = select(Report.reference, Report.institution).where(col(Report.reference).in_(references))
    return dict(db.exec(known).all())


def _accept(db: Session, rows: Rows, command: AcceptReport, institution: str) -> Candidate:
    content = opened(command.content, ReportContent, command.reference)
    record = record_of(content.person, content.event)
    report = _open_report(db, rows, command, institution, content)
    report.linkage = as_json(record)
    report.would_help = would_help(kin_told(content))
    source = Source(report.reference, institution, command.by, report.received_at)
    reporter = _write_people(rows, report, content, source)
    contact, phone = contacts.open_contact(rows, report, reporter, command.contact, content.reporter)
    consent.record_given(rows, report, reporter, content.consent, contact, command.by, command.institution)
    step = StatusEntry(reference=report.reference, status=report.status, at=report.received_at, by=command.by)
    for row in (report, step):
        rows.take(row)
    candidates.gather(rows, report.reference, record)
    files.gather_change(rows, report, "report_accepted")
    publish(db, contacts.contact_changed(contact, phone))
    publish(db, files.compose_state(report, contact, phone, [step]))
    _text_reporter(db, command, report, contact, phone)
    return Candidate(report.reference, report.institution, report.shared_with, record)


def _text_reporter(db: Session, command: AcceptReport, report: Report, contact: Contact, phone: Phone | None) -> None:
    if phone and phone.is_verified and command.channel != "import":
        contacts.confirm_registration(db, report, contact)
    elif phone and command.channel not in {"import", "web"}:  # on the web the portal has asked, by a one-time code
        contacts.ask_to_confirm(db, report, contact)


def _open_report(db: Session, rows: Rows, command: AcceptReport, institution: str, content: ReportContent) -> Report:
    case, opened_at = uuid4(), now(db)
    rows.add(CaseFile, id=case, opened_at=opened_at)
    return Report(
        reference=command.reference,
        own_case=case,
        case=case,
        institution=institution,
        channel=command.channel,
        entered_by=command.by,
        received_at=opened_at,
        event=content.event.code,
        governorate=content.event.governorate,
        is_demo=command.contact.is_demo,
        # Given, since finding a default costs SQLModel more than all the rest.
        shared_with=[],
        contact_by=[],
        agreed_to=[],
        would_help=[],
        linkage={},
    )


def _write_people(rows: Rows, report: Report, content: ReportContent, source: Source) -> UUID:
    """Keep the missing person, the reporter and the relatives. Returns the reporter."""
    missing = uuid4()
    relatives.add_person(rows, missing, report.reference, {"role": "missing", "sex": content.person.sex})
    write_statements(rows, missing, content, source, set())
    pedigree = relatives.new_pedigree(missing, content.person.sex)
    relatives.add_relatives(rows, pedigree, content.relatives, source)
    reporter = relatives.add_reporter(rows, pedigree, content.reporter, source)
    relatives.write_links(rows, pedigree, source)
    return reporter


def add_to_report(db: Session, command: AddToReport) -> None:
    """Write down what is new in a content, beside what was said; where linkage reads it, look for the like again.

    Refuses with NotYours or FileClosed: an institution that may read a report does not add to it.
    """
    linking.lock_search(db)  # before any report: in one order everywhere
    report = lock_own_open_report(db, command)
    content = opened(command.content, ReportAddition, command.reference)
    missing = relatives.person_of(db, report.reference, "missing")
    source = Source(report.reference, command.institution or report.institution, command.by, now(db))
    rows = Rows()
    is_new = write_statements(rows, missing.id, content, source, already_said(db, missing.id))
    is_new |= _add_relatives(db, rows, missing, content, source)
    if not is_new:
        return
    rows.write(db)
    known = as_record(report.linkage)
    record = candidates.merged(known, record_of(content.person, content.event))
    if record != known:
        report.linkage = as_json(record)
        report.event, report.governorate = record.event, record.governorate
        missing.sex = missing.sex or record.sex
        candidates.store_again(db, report.reference, record)
    count_helpers(db, report)
    files.report_changed(db, report)
    db.flush()  # those of the same transaction that follow find it by what it says now
    if record != known:
        own = Candidate(report.reference, report.institution, report.shared_with, record)
        linking.propose_links(db, [(command, own)])


def _add_relatives(db: Session, rows: Rows, missing: Person, content: ReportAddition, source: Source) -> bool:
    new = relatives.not_yet_told(db, missing.reference, content.relatives)
    if new:
        pedigree = relatives.pedigree_of(db, missing)
        relatives.add_relatives(rows, pedigree, new, source)
        relatives.write_links(rows, pedigree, source)
    return bool(new)
