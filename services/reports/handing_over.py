"""A report is handed over: the responsible institution offers it, another accepts it, and its family agrees.

Nobody can override that. Of an institution that is closed, a national coordinator gives the reports to others, with a
reason. What was said keeps its source; the institution that gave a report away reads it only if the family lets it.
"""

from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.reports import consent, contacts, files
from services.reports.files import lock_own_open_report, lock_own_report, lock_report
from services.reports.sealed import opened, seal
from services.reports.tables import ClosedInstitution, HandOver, Report
from shared.database import now
from shared.messages.gateway import Template
from shared.messages.model import Actor
from shared.messages.reports import (
    AgreeToHandOver,
    AnswerHandOver,
    EndHandOver,
    NoteInstitution,
    OfferHandOver,
    Remark,
    TakeOverReport,
)
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change, refuse_unless_may_change


class HandOverOpen(Refusal):
    """The report is being handed over already."""

    reason = "hand_over_open"


class HandOverEnded(Refusal):
    """There is no such hand-over any more: it was done, declined or taken back."""

    reason = "hand_over_ended"


class ToItself(Refusal):
    """The institution is responsible for the report already."""

    reason = "responsible_already"


class NotClosed(Refusal):
    """The responsible institution is not closed: it hands its reports over itself."""

    reason = "not_closed"


def offer(db: Session, command: OfferHandOver) -> None:
    """Offer a report to another institution, and ask its family.

    Refuses with NotYours, FileClosed, ToItself or HandOverOpen.
    """
    report = lock_own_open_report(db, command)
    if command.to == report.institution:
        raise ToItself
    if _open_one(db, report.reference) is not None:
        raise HandOverOpen
    reason = opened(command.reason, Remark, command.hand_over).text
    db.add(
        HandOver(
            id=command.hand_over,
            reference=report.reference,
            giver=report.institution,
            taker=command.to,
            sealed_reason=seal(reason, f"hand-over:{command.hand_over}"),
            offered_by=command.by,
            offered_at=now(db),
        )
    )
    db.flush()
    files.report_changed(db, report)
    contacts.text_family(db, report, Template.QUESTION_WAITS)


def answer(db: Session, command: AnswerHandOver) -> None:
    """The institution that is asked takes a report on, or does not. Refuses with NotYours or HandOverEnded."""
    report = lock_report(db, command.reference)
    found = _open_one(db, report.reference)
    _refuse_unless_taker(command.actor, found)
    if found is None or found.id != command.hand_over:
        raise HandOverEnded
    if not command.accepts:
        _end(db, report, found, "declined")
        return
    if found.accepted_at is None:
        found.accepted_by, found.accepted_at = command.by, now(db)
        db.add(found)
    _complete_or_publish(db, report, found)


def agree(db: Session, command: AgreeToHandOver) -> None:
    """A family says whether another institution may look after its report: itself, or by the desk that hands it over.

    Refuses with NotYours or HandOverEnded.
    """
    report = lock_own_report(db, command)
    found = _open_one(db, report.reference)
    if found is None or found.id != command.hand_over:
        raise HandOverEnded
    if not command.agrees:
        _end(db, report, found, "declined")
        return
    if found.agreed_at is None:
        found.agreed_by, found.agreed_at = command.by, now(db)
        db.add(found)
    _complete_or_publish(db, report, found)


def end(db: Session, command: EndHandOver) -> None:
    """Keep a report after all. Refuses with NotYours or HandOverEnded."""
    report = lock_own_report(db, command)
    found = _open_one(db, report.reference)
    if found is None or found.id != command.hand_over:
        raise HandOverEnded
    _end(db, report, found, "ended")


def take_over(db: Session, command: TakeOverReport) -> None:
    """Give a report of a closed institution to another, with a reason; its family is told.

    Refuses with NotYours to everybody but a national coordinator, with ToItself or NotClosed.
    """
    refuse_unless_may_change(command.actor, national="coordinator")
    report = lock_report(db, command.reference)
    if command.to == report.institution:
        raise ToItself
    if db.get(ClosedInstitution, report.institution) is None:
        raise NotClosed
    if (waiting := _open_one(db, report.reference)) is not None:
        waiting.state, waiting.ended_at = "ended", now(db)
        db.add(waiting)
        db.flush()
    number = uuid4()
    reason = opened(command.reason, Remark, command.reference).text
    done = HandOver(
        id=number,
        reference=report.reference,
        giver=report.institution,
        taker=command.to,
        sealed_reason=seal(reason, f"hand-over:{number}"),
        offered_by=command.by,
        offered_at=now(db),
        by_coordinator=True,
    )
    _complete(db, report, done)


def note_institution(db: Session, command: NoteInstitution) -> None:
    """Keep that an institution is closed, or open again.

    Refuses with NotYours to all but a national coordinator or a national administrator.
    """
    if not may_change(command.actor, national="administrator"):
        refuse_unless_may_change(command.actor, national="coordinator")
    known = db.get(ClosedInstitution, command.closed)
    if command.is_closed and known is None:
        db.add(ClosedInstitution(institution=command.closed, closed_at=now(db), noted_by=command.by))
    elif not command.is_closed and known is not None:
        db.delete(known)


def offers_to(db: Session, institution: str) -> list[dict[str, Any]]:
    """The reports that an institution is asked to look after, the oldest offer first: nothing of what they say."""
    wanted = select(HandOver).where(col(HandOver.taker) == institution, col(HandOver.state) == "open")
    return [_shown(each) for each in db.exec(wanted.order_by(col(HandOver.offered_at), col(HandOver.id)))]


def open_offer_of(db: Session, reference: str) -> dict[str, Any] | None:
    """A report's hand-over, for the institution that is responsible for it."""
    found = db.exec(_open(reference)).first()
    return found and _shown(found)


def _shown(found: HandOver) -> dict[str, Any]:
    return {
        "hand_over": str(found.id),
        "reference": found.reference,
        "giver": found.giver,
        "taker": found.taker,
        "offered_at": found.offered_at.isoformat(),
        "is_accepted": found.accepted_at is not None,
        "is_agreed": found.agreed_at is not None,
    }


def _open(reference: str) -> SelectOfScalar[HandOver]:
    return select(HandOver).where(col(HandOver.reference) == reference, col(HandOver.state) == "open")


def _open_one(db: Session, reference: str) -> HandOver | None:
    return db.exec(_open(reference).with_for_update().execution_options(populate_existing=True)).first()


def _refuse_unless_taker(actor: Actor, found: HandOver | None) -> None:
    """Who is not asked is told no more than that; a hand-over that has ended is nobody's to answer."""
    if found is None:
        raise NotYours if actor.national else HandOverEnded
    refuse_unless_may_change(actor, institution=found.taker)


def _complete_or_publish(db: Session, report: Report, found: HandOver) -> None:
    if found.accepted_at is not None and found.agreed_at is not None:
        _complete(db, report, found)
    else:
        files.report_changed(db, report)


def _complete(db: Session, report: Report, found: HandOver) -> None:
    found.state, found.ended_at = "done", now(db)
    db.add(found)
    report.institution, report.contact_person = found.taker, None
    db.flush()
    consent.let_count(db, report)
    files.report_changed(db, report)
    contacts.text_family(db, report, Template.RESPONSIBLE_CHANGED)


def _end(db: Session, report: Report, found: HandOver, state: str) -> None:
    found.state, found.ended_at = state, now(db)
    db.add(found)
    db.flush()
    files.report_changed(db, report)
