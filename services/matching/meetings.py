"""A case manager has met a family in person. Seen from outside, a routine meeting and a grave one are the same."""

from random import Random

from sqlmodel import Session, col, select

from services.matching import contacting, routine
from services.matching.sealed import seal_in
from services.matching.tables import ContactRequest, Family, Meeting, Occasion
from shared.database import now
from shared.messages.matching import ContactPerson, MeetingAccount, MeetingRecorded, RecordMeeting
from shared.messages.model import open_content, seal_content
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class NotAssigned(Refusal):
    """The family has no contact person, or another one than who records."""

    reason = "not_assigned"


class NotRequested(Refusal):
    """The family was not asked yet; the next round does it."""

    reason = "not_requested"


class MetInFuture(Refusal):
    """The family is said to have been met at a time to come."""

    reason = "met_in_future"


def record_meeting(db: Session, command: RecordMeeting, chance: Random) -> None:
    """Keep a meeting's account, tell that the family was met, and plan its next routine contact.

    Refuses with UnknownContactRequest, NotYours, AlreadyMet, NotAssigned, NotRequested or MetInFuture.
    """
    account = open_content(command.account, MeetingAccount, str(command.contact_request))
    request = contacting.locked_request(db, command.contact_request, command.actor)
    family = contacting.lock_family(db, request.reference)
    if request.state == "met":
        raise contacting.AlreadyMet
    if request.case_manager is None or request.case_manager != command.by:
        raise NotAssigned
    if request.state == "planned" and family.can_be_asked:  # else no round asks them: they are met without
        raise NotRequested
    if account.met_at > now(db):
        raise MetInFuture
    _keep(db, command, account)
    _close(db, request, family)
    _plan_what_was_not_told(db, request, account)
    routine.plan_next(db, family, chance)


def _keep(db: Session, command: RecordMeeting, account: MeetingAccount) -> None:
    db.add(
        Meeting(
            contact_request=command.contact_request,
            recorded_by=command.by,
            sealed_account=seal_in("meeting", command.contact_request, account),
            recorded_at=now(db),
        )
    )


def _close(db: Session, request: ContactRequest, family: Family) -> None:
    family.told_version += 1
    request.version, request.state, request.met_at = family.told_version, "met", now(db)
    db.flush()
    publish(db, met(request))


def _plan_what_was_not_told(db: Session, request: ContactRequest, account: MeetingAccount) -> None:
    """A match that was confirmed after they met is not lost with the meeting: they are asked again."""
    after = col(Occasion.planned_at) > account.met_at
    wanted = select(Occasion).where(Occasion.contact_request == request.id, Occasion.kind == "grave", after)
    for occasion in db.exec(wanted).all():
        contacting.plan_contact(db, request.reference, "match", occasion.match)


def met(request: ContactRequest) -> MeetingRecorded:
    """That a family was met, as it is told: the same for every occasion."""
    assert request.case_manager is not None
    return MeetingRecorded(
        reference=request.reference,
        contact_request=request.id,
        version=request.version,
        contact_person=seal_content(ContactPerson(staff=request.case_manager), request.reference),
    )
