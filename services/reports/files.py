"""A family's file, found and locked for a change; what changed is told to all who follow it."""

from typing import NamedTuple, Protocol

from sqlmodel import Session, col, select

from services.reports.rows import Rows
from services.reports.tables import Change, Contact, DonorSample, HandOver, Phone, Report, ShareAsked, StatusEntry
from shared.database import now
from shared.messages.matching import ContactPerson
from shared.messages.model import Actor, FamilyActor, Lane, seal_content
from shared.messages.reports import MOST_STEPS, HandOverState, Need, ReportChanged, TimelineEntry
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

ENOUGH_SAMPLES = 3
"""Close relatives whose samples are usually enough to compare (domain: typical target of the laboratories)."""


class ReportCommand(Protocol):
    """A command that changes one report."""

    @property
    def reference(self) -> str:
        """The report."""
        ...

    @property
    def actor(self) -> Actor | FamilyActor:
        """Who acts."""
        ...


class ReportNotHere(Exception):
    """No report has this reference yet. Worth a retry: its acceptance may still be on its way."""


class FileClosed(Refusal):
    """The family had this file closed; nothing is added to it."""

    reason = "file_closed"


def lock_report(db: Session, reference: str) -> Report:
    """A report, locked until the transaction ends. Raises ReportNotHere."""
    wanted = select(Report).where(col(Report.reference) == reference).with_for_update()
    found = db.exec(wanted, execution_options={"populate_existing": True}).first()
    if found is None:
        raise ReportNotHere
    return found


def lock_own_report(db: Session, command: ReportCommand) -> Report:
    """The report of a command, locked, where its actor may change it.

    Raises ReportNotHere. Refuses with NotYours.
    """
    report = lock_report(db, command.reference)
    refuse_unless_may_change(command.actor, institution=report.institution, reference=report.reference)
    return report


def lock_own_open_report(db: Session, command: ReportCommand) -> Report:
    """The same, of a file that is open. Refuses with NotYours or FileClosed."""
    report = lock_own_report(db, command)
    if not report.is_open:
        raise FileClosed
    return report


def contact_of(db: Session, reference: str) -> Contact:
    """The contact behind a file."""
    return db.exec(select(Contact).where(col(Contact.reference) == reference)).one()


def phone_of(db: Session, contact: Contact) -> Phone | None:
    """The number that counts, if there is one."""
    return db.exec(select(Phone).where(col(Phone.contact) == contact.id, col(Phone.until).is_(None))).first()


def report_changed(db: Session, report: Report, lane: Lane | None = None) -> None:
    """Count a change of a file, and tell its new state."""
    report.version += 1
    db.add(report)
    note_change(db, report, "report_changed")
    publish(db, state_of(db, report), lane=lane)


def note_change(db: Session, report: Report, kind: str) -> None:
    """Put a step into the feed of changes."""
    db.add(Change(reference=report.reference, kind=kind, version=report.version, at=now(db)))


def gather_change(rows: Rows, report: Report, kind: str) -> None:
    """The same for a report that is itself still to be written."""
    rows.add(Change, reference=report.reference, kind=kind, version=report.version, at=report.received_at)


def state_of(db: Session, report: Report) -> ReportChanged:
    """A file's state, as those who follow it are told: nothing personal."""
    contact = contact_of(db, report.reference)
    phone = phone_of(db, contact)
    steps = select(StatusEntry).where(col(StatusEntry.reference) == report.reference).order_by(col(StatusEntry.id))
    return compose_state(report, contact, phone, list(db.exec(steps)), questions_of(db, report.reference))


class Questions(NamedTuple):
    """What a family is asked on its page."""

    hand_over: HandOverState | None = None
    share_asked: tuple[str, ...] = ()


def questions_of(db: Session, reference: str) -> Questions:
    """What a family is asked: whether another institution may look after its report, and who else may read it."""
    open_one = select(HandOver).where(col(HandOver.reference) == reference, col(HandOver.state) == "open")
    asked = select(ShareAsked.institution).where(
        col(ShareAsked.reference) == reference, col(ShareAsked.state) == "open"
    )
    found = db.exec(open_one).first()
    return Questions(hand_over_state(found) if found else None, tuple(sorted(db.exec(asked))))


def hand_over_state(found: HandOver) -> HandOverState:
    """A hand-over as its family reads of it."""
    return HandOverState(
        hand_over=found.id,
        to=found.taker,
        since=found.offered_at,
        is_agreed=found.agreed_at is not None,
        is_accepted=found.accepted_at is not None,
    )


def compose_state(
    report: Report,
    contact: Contact,
    phone: Phone | None,
    steps: list[StatusEntry],
    questions: Questions = Questions(),  # noqa: B008
) -> ReportChanged:
    """The state made of rows already in hand."""
    return ReportChanged.model_validate(
        {
            "reference": report.reference,
            "version": report.version,
            "institution": report.institution,
            "status": report.status,
            "timeline": [
                TimelineEntry.model_validate({"status": step.status, "at": step.at}) for step in steps[-MOST_STEPS:]
            ],
            "needs": needs_of(report, phone),
            "governorate": report.governorate,
            "event": report.event,
            "contact": contact.id,
            "is_verified": phone is not None and phone.is_verified,
            "language": contact.language,
            "channel": contact.channel,
            "detail": contact.detail,
            "consent_contact": report.contact_by if report.is_open else [],
            "consent_share": report.shared_with,
            "consent_also": report.agreed_to,
            "samples": report.samples,
            "would_help": report.would_help if report.is_open and report.samples < ENOUGH_SAMPLES else [],
            "wants_to_wait": report.wants_to_wait,
            "contact_person": _sealed_person(report),
            "is_open": report.is_open,
            "is_demo": report.is_demo,
            "hand_over": questions.hand_over if report.is_open else None,
            "share_asked": questions.share_asked if report.is_open else (),
        }
    )


def _sealed_person(report: Report) -> str | None:
    person = report.contact_person
    return seal_content(ContactPerson(staff=person), report.reference) if person else None


def needs_of(report: Report, phone: Phone | None) -> list[Need]:
    """What would help a file most."""
    if not report.is_open:
        return []
    needs: list[Need] = []
    if report.samples < ENOUGH_SAMPLES:
        needs.append("more_samples" if report.samples else "first_sample")
    if phone is not None and not phone.is_verified:
        needs.append("confirm_phone")
    if report.status == "more_information_needed":
        needs.append("more_information")
    return needs


def count_samples(db: Session, reference: str) -> int:
    """How many samples serve a file and need not be taken again."""
    serving = select(DonorSample).where(
        col(DonorSample.reference) == reference, col(DonorSample.state) != "repeat_needed"
    )
    return len(db.exec(serving).all())
