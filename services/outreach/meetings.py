"""Townhall meetings: planned, changed, cancelled; whoever was told before is told again."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outreach import automatic
from services.outreach.tables import Meeting
from shared.bounds import FIRST_MOMENT, LAST_MOMENT, is_time_zone
from shared.database import now
from shared.messages.approval import Digest, digest_of
from shared.messages.forbidden_words import first_forbidden
from shared.messages.model import Actor
from shared.messages.outreach import ApprovePublication, CancelMeeting, MeetingChanged, PlanMeeting
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change


class UnknownMeeting(Refusal):
    """No such meeting."""

    reason = "unknown_meeting"


class MeetingCancelled(Refusal):
    """The meeting was cancelled."""

    reason = "meeting_cancelled"


class MeetingPast(Refusal):
    """The meeting has begun, or is planned for a time that is over."""

    reason = "meeting_past"


class ForbiddenWord(Refusal):
    """A title or place says, in this `language`, what nobody may read of a family on a shared phone."""

    reason = "forbidden_word"


class NotWanted(Refusal):
    """The institution does not want the meeting on the public list."""

    reason = "not_wanted"


class SamePerson(Refusal):
    """Whoever wrote the words cannot approve them."""

    reason = "same_person"


class WordsChanged(Refusal):
    """Words, place, time or audience are not those that were shown any more."""

    reason = "words_changed"


class UnknownTimeZone(Refusal):
    """The meeting's time zone is none that the time zone database knows."""

    reason = "unknown_time_zone"


def plan_meeting(db: Session, command: PlanMeeting) -> Meeting:
    """Plan a meeting, or change its plan.

    Where its words, place or time change, no approval holds any more: it is not listed, its notices stop, and a notice
    to those who were told waits for a second person.
    Refuses with NotYours, MeetingPast, MeetingCancelled, UnknownTimeZone or ForbiddenWord.
    """
    meeting = _lock(db, command.meeting)
    if meeting is not None:
        refuse_unless_may_change(command.actor, institution=meeting.institution)
    _refuse_if_impossible(db, meeting, command)
    if meeting is None:
        meeting = Meeting(  # pyright: ignore[reportCallIssue]
            id=command.meeting, version=0, planned_by=command.by, institution=command.institution
        )
        before = None
    else:
        before = digest_of_plan(meeting)
    meeting.changed_by, meeting.is_public_wanted = command.by, command.is_public
    for name, value in command.model_dump(exclude={"meeting", "actor", "is_public"}).items():
        setattr(meeting, name, value)
    meeting.is_public = command.is_public and meeting.published_digest == digest_of_plan(meeting)
    _save(db, meeting)
    if before and before != digest_of_plan(meeting):
        automatic.void_approvals(db, meeting)
        automatic.draft_for_those_told(db, meeting, "townhall_changed", command.by)
    return meeting


def approve_publication(db: Session, command: ApprovePublication) -> Meeting:
    """List a meeting in public, in the words that a second person was shown.

    Refuses with UnknownMeeting, NotYours, MeetingCancelled, MeetingPast, NotWanted, SamePerson or WordsChanged.
    """
    meeting = lock_coming(db, command.meeting, command.actor, partners_too=True)
    if not meeting.is_public_wanted:
        raise NotWanted(meeting=meeting.id)
    if command.by == meeting.author:
        raise SamePerson(meeting=meeting.id)
    if command.digest != digest_of_plan(meeting):
        raise WordsChanged(meeting=meeting.id)
    meeting.published_digest, meeting.published_by, meeting.is_public = command.digest, command.by, True
    _save(db, meeting)
    return meeting


def digest_of_plan(meeting: Meeting) -> Digest:
    """The digest of what the public and those who are told read of a meeting: its words, place and time."""
    return digest_of(
        {
            "title": meeting.title,
            "place": meeting.place,
            "governorate": meeting.governorate,
            "starts_at": meeting.starts_at.astimezone(UTC).isoformat(),
            "time_zone": meeting.time_zone,
        }
    )


def cancel_meeting(db: Session, command: CancelMeeting) -> Meeting:
    """Call a meeting off: nobody is told of it any more. A notice that it is off, to those who were told, waits for a
    second person.

    Refuses with UnknownMeeting, NotYours, MeetingCancelled or MeetingPast.
    """
    meeting = lock_coming(db, command.meeting, command.actor)
    meeting.is_cancelled = True
    _save(db, meeting)
    automatic.stop(db, meeting.id)
    automatic.draft_for_those_told(db, meeting, "townhall_cancelled", command.by)
    return meeting


def lock_coming(db: Session, meeting: UUID, actor: Actor, *, partners_too: bool = False) -> Meeting:
    """A meeting of the actor's institution, or also of one whose partner it is, that is still to come; locked.

    Refuses with UnknownMeeting, NotYours, MeetingCancelled or MeetingPast.
    """
    found = _lock(db, meeting)
    if found is None:
        raise UnknownMeeting(meeting=meeting)
    refuse_unless_may_approve(actor, found) if partners_too else refuse_unless_may_change(
        actor, institution=found.institution
    )
    if found.is_cancelled:
        raise MeetingCancelled(meeting=meeting)
    if found.starts_at <= now(db):
        raise MeetingPast(meeting=meeting)
    return found


def refuse_unless_may_approve(actor: Actor, meeting: Meeting) -> None:
    """A second person is of the institution that plans the meeting, or of a partner that it named.

    Refuses with NotYours.
    """
    acts_as_partner = actor.national is None and actor.institution in meeting.partners
    refuse_unless_may_change(actor, institution=actor.institution if acts_as_partner else meeting.institution)


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
WHERE (m.institution = :institution OR m.partners ? :institution)
    AND m.starts_at >= '1900-01-01Z' AND m.starts_at < '2101-01-01Z'
ORDER BY m.starts_at DESC, m.id
""")


def meetings(db: Session, institution: str) -> list[dict[str, Any]]:
    """The meetings of an institution, and those whose partner it is, with the answers so far, the latest meeting first.

    `digest` stands for what a second person approves for the public list.
    """
    found = db.connection().execute(WITH_ANSWERS, {"institution": institution}).mappings()
    return [
        {
            **m,
            "id": str(m["id"]),
            "planned_by": str(m["planned_by"]),
            "changed_by": str(m["changed_by"] or m["planned_by"]),
            "published_by": m["published_by"] and str(m["published_by"]),
            "digest": digest_of_plan(Meeting(**{name: m[name] for name in Meeting.model_fields})),
            "starts_at": m["starts_at"].isoformat(),
        }
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
    for text in (command.title, command.place):
        if language := first_forbidden(text):
            raise ForbiddenWord(language=language)
    if not is_time_zone(command.time_zone):
        raise UnknownTimeZone


def _save(db: Session, meeting: Meeting) -> None:
    meeting.version += 1
    db.add(meeting)
    db.flush()
    publish(db, _told(meeting))


def _told(meeting: Meeting) -> MeetingChanged:
    named = {name: getattr(meeting, name) for name in MeetingChanged.model_fields if name != "meeting"}
    return MeetingChanged(meeting=meeting.id, **named)
