"""What a change of a meeting does to its notices: approvals that do not hold any more, and a notice to those told."""

from typing import Literal
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outreach import audiences, pacing
from services.outreach.tables import AudienceMember, Meeting, Notice, Recipient
from shared.database import now
from shared.messages.gateway import RecallNotice
from shared.messages.model import Lane
from shared.messaging.outbox import publish

APPROVED = ("approved", "running", "paused")


def void_approvals(db: Session, meeting: Meeting) -> None:
    """Take the approval from every notice of a meeting that could still go out, in the words of the former plan."""
    for notice in _lock_notices(db, meeting.id):
        if notice.is_automatic and notice.state in (*APPROVED, "draft", "void"):
            recall(db, notice)
            _end(db, notice)  # a newer one takes its place
        elif notice.state in APPROVED:
            void(db, notice)


def void(db: Session, notice: Notice) -> None:
    """Take the approval from a locked notice: nothing of it leaves until a second person has approved it again."""
    recall(db, notice)
    notice.state, notice.approved_by, notice.approved_for = "void", None, None
    notice.approved_digest = None
    notice.version += 1
    pacing.no_turn(db, notice.id)
    db.add(notice)
    db.flush()


def recall(db: Session, notice: Notice) -> None:
    """Have the gateway send no text more of a notice in the words that were approved."""
    if notice.words_digest and notice.sent:
        publish(db, RecallNotice(notice=notice.id, words_digest=notice.words_digest), lane=Lane.URGENT)


def stop(db: Session, meeting: UUID) -> None:
    """End every notice of a meeting that is called off, also what waits at the gateway."""
    for notice in _lock_notices(db, meeting):
        if notice.state in (*APPROVED, "draft", "void"):
            recall(db, notice)
            _end(db, notice)


def draft_for_those_told(
    db: Session, meeting: Meeting, template: Literal["townhall_changed", "townhall_cancelled"], by: UUID
) -> None:
    """Draft a notice to everybody who was told of a meeting; it leaves as soon as a second person has approved it."""
    told = told_of(meeting.id).limit(1)
    if db.connection().execute(told).first() is None:
        return
    notice = Notice(
        id=uuid5(meeting.id, f"{template}:{meeting.version}"),
        version=1,
        meeting=meeting.id,
        template=template,
        audience={},
        institution=meeting.institution,
        is_automatic=True,
        drafted_by=by,
        drafted_at=now(db),
    )
    db.add(notice)
    db.flush()


def freeze_those_told(db: Session, notice: Notice) -> int:
    """Write down who was told of a notice's meeting as its recipients. Returns how many they are."""
    return audiences.freeze(db, notice.id, told_of(notice.meeting))


def told_of(meeting: UUID) -> sa.Select[UUID]:
    """The contacts that were told of a meeting by any notice, and may be told more."""
    return (
        sa.select(col(Recipient.contact))
        .join(Notice, col(Notice.id) == col(Recipient.notice))
        .join(AudienceMember, col(AudienceMember.contact) == col(Recipient.contact))
        .where(col(Notice.meeting) == meeting, col(Recipient.contact) <= col(Notice.sent_through))
        .where(col(AudienceMember.may_be_told))
        .distinct()
    )


def _lock_notices(db: Session, meeting: UUID) -> list[Notice]:
    # A turn in hand tells the old place: it must be over before those who were told are counted.
    wanted = select(Notice).where(col(Notice.meeting) == meeting).order_by(col(Notice.id)).with_for_update()
    return list(db.exec(wanted.execution_options(populate_existing=True)))


def _end(db: Session, notice: Notice) -> None:
    notice.state = "stopped"
    notice.version += 1
    pacing.no_turn(db, notice.id)
    db.add(notice)
    db.flush()
