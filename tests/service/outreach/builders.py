"""What a test of outreach begins with, stating only what matters to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, select

from services.outreach.audiences import follow_file
from services.outreach.meetings import plan_meeting
from services.outreach.notices import approval_digest, approve_notice, draft_notice, start_notice
from services.outreach.pacing import batch_due
from services.outreach.tables import AudienceMember, Meeting, Notice
from shared.messages.gateway import SendBatch
from shared.messages.model import FamilyActor
from shared.messages.outreach import (
    ApproveNotice,
    Audience,
    BatchDue,
    DraftNotice,
    PlanMeeting,
    StartNotice,
)
from shared.messages.reports import ReportChanged
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.told import told as told

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""The clock of these tests: noon in Baghdad, a Tuesday."""
WORDS = {code: f"Meeting ({code})" for code in ("ar", "ckb", "kmr-Arab", "kmr", "en")}
"""What families are to read, as the gateway is said to fill it in."""
DRAFTER = UUID("00000000-0000-4000-8000-00000000000d")
APPROVER = UUID("00000000-0000-4000-8000-00000000000e")


def a_family(db: Session, **said: Any) -> UUID:
    """A family's file that may be told of meetings; returns its contact."""
    usual: dict[str, Any] = {
        "reference": new_reference(),
        "version": 1,
        "institution": "mgd",
        "status": "registered",
        "timeline": [],
        "needs": [],
        "governorate": "IQ-NI",
        "event": "SINJAR",
        "contact": uuid4(),
        "is_verified": True,
        "language": "ar",
        "channel": "sms",
        "detail": "neutral",
        "consent_contact": ["sms"],
        "consent_share": [],
    }
    file = ReportChanged.model_validate({**usual, **said})
    follow_file(db, file)
    return file.contact


def families(db: Session, count: int, governorate: str) -> list[UUID]:
    """So many families in a governorate."""
    return [a_family(db, governorate=governorate) for _ in range(count)]


def a_plan(**said: Any) -> PlanMeeting:
    usual: dict[str, Any] = {
        "meeting": uuid4(),
        "title": {"en": "Information meeting"},
        "place": {"ar": "قاعة سنجار", "en": "Sinjar hall"},
        "governorate": "IQ-NI",
        "starts_at": NOON + timedelta(days=7),
        "actor": staff_of("mgd", DRAFTER),
    }
    return PlanMeeting.model_validate({**usual, **said})


def a_meeting(db: Session, **said: Any) -> UUID:
    return plan_meeting(db, a_plan(**said)).id


def a_draft(meeting: UUID | None, **said: Any) -> DraftNotice:
    usual: dict[str, Any] = {
        "notice": uuid4(),
        "meeting": meeting,
        "template": "townhall",
        "audience": Audience(governorates=["IQ-NI"]),
        "words": WORDS,
        "actor": staff_of("mgd", DRAFTER),
    }
    return DraftNotice.model_validate({**usual, **said})


def a_drafted(db: Session, meeting: UUID | None = None, *, governorate: str = "IQ-NI") -> Notice:
    draft = a_draft(meeting or a_meeting(db), audience=Audience(governorates=[governorate]))
    return draft_notice(db, draft)


def an_approved(db: Session, meeting: UUID | None = None, *, governorate: str = "IQ-NI") -> Notice:
    return approve(db, a_drafted(db, meeting, governorate=governorate))


def approving(db: Session, notice: Notice, approver: UUID = APPROVER, **but: Any) -> ApproveNotice:
    """The approval of a notice as it stands; an automatic one comes with its words."""
    words = None if notice.words else WORDS
    digest = approval_digest(notice, db.get_one(Meeting, notice.meeting), notice.words or WORDS)
    said = {"notice": notice.id, "digest": digest, "words": words, "actor": staff_of("mgd", approver)}
    return ApproveNotice.model_validate(said | but)


def approve(db: Session, notice: Notice, approver: UUID = APPROVER) -> Notice:
    """A second person approves a notice as it stands."""
    return approve_notice(db, approving(db, notice, approver))


def a_started(db: Session, meeting: UUID | None = None, *, governorate: str = "IQ-NI") -> Notice:
    notice = an_approved(db, meeting, governorate=governorate)
    return start_notice(db, StartNotice(notice=notice.id, actor=staff_of("mgd", DRAFTER)))


def a_turn(db: Session, notice: Notice) -> None:
    """The notice's next turn comes when it is due."""
    if notice.next_batch_at:
        due = max(notice.next_batch_at, db.info["clock"]())
        db.info["clock"] = lambda: due
    batch_due(db, BatchDue(notice=notice.id))


def all_turns(db: Session, notice: Notice) -> None:
    """The notice goes out to its end."""
    for _ in range(100):
        if notice.state != "running":
            return
        a_turn(db, notice)
    raise AssertionError("the notice does not end")


def contacts_texted(db: Session, notice: UUID) -> list[UUID]:
    return [contact for batch in told(db, SendBatch) if batch.notice == notice for contact in batch.contacts]


def turns_due(db: Session, notice: UUID) -> list[datetime]:
    due = sa.text("SELECT due_at FROM due_message WHERE key = :key")
    return list(db.connection().execute(due, {"key": f"notice:{notice}"}).scalars())


Rule = Callable[[Session], object]


def whose(db: Session, contact: UUID) -> FamilyActor:
    """The family behind a contact; of an unknown one, somebody."""
    reference = db.exec(select(AudienceMember.reference).where(AudienceMember.contact == contact)).first()
    return family_of(reference or new_reference())
