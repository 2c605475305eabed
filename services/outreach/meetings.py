"""Townhall meetings: planned, changed, cancelled; whoever was told before is told again."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outreach import automatic
from services.outreach.tables import Meeting
from shared.bounds import FIRST_MOMENT, LAST_MOMENT, is_time_zone
from shared.database import now
from shared.messages.outreach import CancelMeeting, MeetingChanged, PlanMeeting
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class UnknownMeeting(Refusal):
    """No such meeting."""

    reason = "unknown_meeting"


class MeetingCancelled(Refusal):
    """The meeting was cancelled."""

    reason = "meeting_cancelled"


class MeetingPast(Refusal):
    """The meeting has begun, or is planned for a time that is over."""

    reason = "meeting_past"


class UnknownTimeZone(Refusal):
    """The meeting's time zone is none that the time zone database knows."""

    reason = "unknown_time_zone"


def plan_meeting(db: Session, command: PlanMeeting) -> Meeting:
    """Plan a meeting, or change its plan; when its place or time moves, those who were told are told so.

    Refuses with MeetingPast, MeetingCancelled or UnknownTimeZone.
    """
    meeting = _lock(db, command.meeting)
    _refuse_if_impossible(db, meeting, command)
    if meeting is None:
        meeting = Meeting(id=command.meeting, version=0, planned_by=command.by)  # pyright: ignore[reportCallIssue]
        told = None
    else:
        told = (meeting.starts_at, meeting.place)
    for name, value in command.model_dump(exclude={"meeting", "by"}).items():
        setattr(meeting, name, value)
    _save(db, meeting)
    if told and told != (meeting.starts_at, meeting.place):
        automatic.tell_again(db, meeting, "townhall_changed", command.by)
    return meeting


def cancel_meeting(db: Session, command: CancelMeeting) -> Meeting:
    """Call a meeting off: nobody is told of it any more, and those who were are told that it is off.

    Refuses with UnknownMeeting, MeetingCancelled or MeetingPast.
    """
    meeting = lock_coming(db, command.meeting)
    meeting.is_cancelled = True
    _save(db, meeting)
    automatic.tell_again(db, meeting, "townhall_cancelled", command.by)
    return meeting


def lock_coming(db: Session, meeting: UUID) -> Meeting:
    """A meeting that is still to come, locked.

    Refuses with UnknownMeeting, MeetingCancelled or MeetingPast.
    """
    found = _lock(db, meeting)
    if found is None:
        raise UnknownMeeting(meeting=meeting)
    if found.is_cancelled:
        raise MeetingCancelled(meeting=meeting)
    if found.starts_at <= now(db):
        raise MeetingPast(meeting=meeting)
    return found


# Of a family that answered several notices of one meeting, the latest answer counts.
WITH_ANSWERS = sa.text("""
SELECT m.*, coalesce(a.yes, 0) AS yes, coalesce(a.no, 0) AS no, coalesce(a.people, 0) AS people
FROM meeting m LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE answer = 'yes') AS yes, count(*) FILTER (WHERE answer = 'no') AS no,
           sum(people) FILTER (WHERE answer = 'yes') AS people
    FROM (
        SELECT DISTINCT ON (r.contact) r.answer, r.people FROM reply r JOIN notice n ON n.id = r.notice
        WHERE n.meeting = m.id ORDER BY r.contact, r.replied_at DESC
    ) latest
) a ON true
WHERE m.starts_at >= '1900-01-01Z' AND m.starts_at < '2101-01-01Z'
ORDER BY m.starts_at DESC, m.id
""")


def meetings(db: Session) -> list[dict[str, Any]]:
    """Every meeting with the answers so far, latest meeting first, for staff."""
    found = db.connection().execute(WITH_ANSWERS).mappings()
    return [
        {**m, "id": str(m["id"]), "planned_by": str(m["planned_by"]), "starts_at": m["starts_at"].isoformat()}
        for m in found
    ]


def states(db: Session) -> Iterator[MeetingChanged]:
    """Every meeting as it is now, but for those from before moments were bounded."""
    bounded = col(Meeting.starts_at).between(FIRST_MOMENT, LAST_MOMENT)
    for meeting in db.exec(select(Meeting).where(bounded).order_by(col(Meeting.id))):
        yield _told(meeting)


def _lock(db: Session, meeting: UUID) -> Meeting | None:
    return db.get(Meeting, meeting, with_for_update=True, populate_existing=True)


def _refuse_if_impossible(db: Session, meeting: Meeting | None, command: PlanMeeting) -> None:
    if meeting and meeting.is_cancelled:
        raise MeetingCancelled(meeting=meeting.id)
    if command.starts_at <= now(db) or (meeting and meeting.starts_at <= now(db)):
        raise MeetingPast(meeting=command.meeting)
    if not is_time_zone(command.time_zone):
        raise UnknownTimeZone


def _save(db: Session, meeting: Meeting) -> None:
    meeting.version += 1
    db.add(meeting)
    db.flush()
    publish(db, _told(meeting))


def _told(meeting: Meeting) -> MeetingChanged:
    return MeetingChanged(meeting=meeting.id, **meeting.model_dump(exclude={"id", "planned_by"}))
