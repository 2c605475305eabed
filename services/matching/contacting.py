"""Families who are to be asked to get in touch: planned here, whatever the occasion, and asked with the next round.

A family has at most one open request. What comes up meanwhile is added to it as a further occasion, and is not told."""

from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.matching.rounds import keep_rounds_going
from services.matching.tables import ContactRequest, Family, MatchDonor, Occasion, SampleFamily
from shared.database import now
from shared.messages.matching import AssignContactPerson, PlanContact
from shared.messages.model import Actor
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

Reason = Literal["by_plan", "desk", "repeat_sample", "ready", "match"]


class UnknownReport(Refusal):
    """No report has this reference."""

    reason = "unknown_report"


class ReportClosed(Refusal):
    """The family has closed its file."""

    reason = "report_closed"


class UnknownContactRequest(Refusal):
    """There is no such contact request."""

    reason = "unknown_contact_request"


class AlreadyMet(Refusal):
    """The family was met already."""

    reason = "already_met"


def plan_contact(db: Session, reference: str, reason: Reason, match: UUID | None = None) -> ContactRequest:
    """Have a family asked with the next round; an open request takes the occasion on instead."""
    family = _family_of(db, reference)
    request = open_request(db, reference)
    if request is None:
        request = ContactRequest(reference=reference)
        family.routine_contact_at = None
        db.add(request)
        db.flush()
    kind = "routine" if match is None else "grave"
    db.add(Occasion(contact_request=request.id, kind=kind, reason=reason, match=match, planned_at=now(db)))
    keep_rounds_going(db)
    return request


def plan_for_match(db: Session, match: UUID) -> None:
    """Have those families asked for whose reports the donors of a match gave their samples, and no others."""
    donors = select(MatchDonor.sample).where(MatchDonor.match == match)
    wanted = select(SampleFamily.reference).where(col(SampleFamily.sample).in_(donors)).distinct()
    for reference in db.exec(wanted.order_by(SampleFamily.reference)):
        plan_contact(db, reference, "match", match)


def plan_for_desk(db: Session, command: PlanContact) -> None:
    """A desk wants a family to be asked. Refuses with UnknownReport, NotYours or ReportClosed.

    That one is open already is no refusal: it would tell what the desk need not know.
    """
    family = db.exec(select(Family).where(Family.reference == command.reference, Family.version > 0)).first()
    if family is None:
        raise UnknownReport
    refuse_unless_may_change(command.actor, institution=family.institution)
    if not family.is_open:
        raise ReportClosed
    plan_contact(db, family.reference, "desk")


def assign_contact_person(db: Session, command: AssignContactPerson) -> None:
    """A case manager takes a family on, or over. Refuses with UnknownContactRequest, NotYours or AlreadyMet."""
    request = locked_request(db, command.contact_request, command.actor)
    if request.state == "met":
        raise AlreadyMet
    request.case_manager = command.case_manager
    if request.state == "requested":
        request.state = "assigned"
    db.add(request)


def open_request(db: Session, reference: str) -> ContactRequest | None:
    """A family's open request, locked."""
    wanted = select(ContactRequest).where(ContactRequest.reference == reference, ContactRequest.state != "met")
    return db.exec(wanted.with_for_update().execution_options(populate_existing=True)).first()


def locked_request(db: Session, contact_request: UUID, actor: Actor) -> ContactRequest:
    """A contact request, locked behind its family, where the actor may change it.

    Refuses with UnknownContactRequest or NotYours.
    """
    reference = db.exec(select(ContactRequest.reference).where(ContactRequest.id == contact_request)).first()
    if reference is None:
        raise UnknownContactRequest
    family = lock_family(db, reference)
    refuse_unless_may_change(actor, institution=family.institution)
    wanted = select(ContactRequest).where(ContactRequest.id == contact_request)
    return db.exec(wanted.with_for_update().execution_options(populate_existing=True)).one()


def lock_family(db: Session, reference: str) -> Family:
    """A family's row, locked: whoever changes its requests holds it."""
    wanted = select(Family).where(Family.reference == reference)
    return db.exec(wanted.with_for_update().execution_options(populate_existing=True)).one()


def _family_of(db: Session, reference: str) -> Family:
    """A family's row, locked; made where a sample names a report that `reports` has not told of yet."""
    db.exec(insert(Family).values(reference=reference, **_UNHEARD).on_conflict_do_nothing())
    return lock_family(db, reference)


_UNHEARD = {"version": 0, "is_verified": False, "is_open": True, "wants_to_wait": False, "told_version": 0}
