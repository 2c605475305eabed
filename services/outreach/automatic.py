"""Notices that nobody has to think of: a meeting moved or was called off, and those who were told are told so."""

from typing import Literal
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col

from services.outreach import audiences, pacing
from services.outreach.tables import AudienceMember, Meeting, Notice, Recipient
from shared.database import now

GOING_OUT = ("approved", "running", "paused")


def tell_again(
    db: Session, meeting: Meeting, template: Literal["townhall_changed", "townhall_cancelled"], by: UUID
) -> None:
    """Tell everybody who was told of a meeting what became of it.

    Older such notices end; an invitation goes on with the new place and time, unless the meeting is off.
    """
    _lock_notices(db, meeting.id)
    _stop(db, meeting.id, only_automatic=template == "townhall_changed")
    notice = _notice(db, meeting, template, by)
    db.add(notice)
    db.flush()
    notice.asked = audiences.freeze(db, notice.id, _told_of(meeting.id))
    notice.state = "running" if notice.asked else "done"
    db.flush()
    if notice.asked:
        pacing.next_turn(db, notice)


def _notice(db: Session, meeting: Meeting, template: str, by: UUID) -> Notice:
    return Notice(
        id=uuid5(meeting.id, f"{template}:{meeting.version}"),
        version=1,
        meeting=meeting.id,
        template=template,
        audience={},
        institution=meeting.institution,
        state="running",
        is_automatic=True,
        drafted_by=by,
        drafted_at=now(db),
        started_at=now(db),
    )


def _lock_notices(db: Session, meeting: UUID) -> None:
    # A turn in hand tells the old place: it must be over before those who were told are counted.
    held = sa.select(col(Notice.id)).where(col(Notice.meeting) == meeting).order_by(col(Notice.id)).with_for_update()
    db.connection().execute(held)


def _told_of(meeting: UUID) -> sa.Select[UUID]:
    return (
        sa.select(col(Recipient.contact))
        .join(Notice, col(Notice.id) == col(Recipient.notice))
        .join(AudienceMember, col(AudienceMember.contact) == col(Recipient.contact))
        .where(col(Notice.meeting) == meeting, col(Recipient.contact) <= col(Notice.sent_through))
        .where(col(AudienceMember.may_be_told))
        .distinct()
    )


def _stop(db: Session, meeting: UUID, *, only_automatic: bool) -> None:
    about = [col(Notice.meeting) == meeting, col(Notice.state).in_(GOING_OUT)]
    if only_automatic:
        about.append(col(Notice.is_automatic).is_(True))
    stopped = sa.update(Notice).where(*about).values(state="stopped", version=col(Notice.version) + 1)
    for notice in db.connection().execute(stopped.returning(col(Notice.id))).scalars():
        pacing.no_turn(db, notice)
