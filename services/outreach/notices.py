"""Notices: drafted by one person, let out by another, and then started, paused, stopped."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outreach import audiences, meetings, pacing
from services.outreach.tables import Notice
from shared.database import now
from shared.messages.model import Actor
from shared.messages.outreach import (
    ApproveNotice,
    Audience,
    DraftNotice,
    NoticeApproved,
    PauseNotice,
    StartNotice,
    StopNotice,
)
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change


class UnknownNotice(Refusal):
    """No such notice."""

    reason = "unknown_notice"


class MeetingNeeded(Refusal):
    """The template speaks of a meeting, and none is named."""

    reason = "meeting_needed"


class ToldByItself(Refusal):
    """That a meeting is off is told by itself, to those who were told of it, once it is cancelled."""

    reason = "told_by_itself"


class SamePerson(Refusal):
    """Whoever drafted a notice cannot approve it."""

    reason = "same_person"


class AlreadyApproved(Refusal):
    """The notice was approved before."""

    reason = "already_approved"


class NotApproved(Refusal):
    """A second person has not approved the notice yet."""

    reason = "not_approved"


class AlreadyRunning(Refusal):
    """The notice is going out."""

    reason = "already_running"


class NotRunning(Refusal):
    """The notice is not going out."""

    reason = "not_running"


class NoticeEnded(Refusal):
    """The notice has ended: all were told, or it was stopped, or its meeting began."""

    reason = "notice_ended"


class NobodyToTell(Refusal):
    """Nobody meets the audience's conditions."""

    reason = "nobody_to_tell"


ENDED = ("stopped", "done", "expired")


def draft_notice(db: Session, command: DraftNotice) -> Notice:
    """Draft a notice, or change a draft.

    Refuses with MeetingNeeded, ToldByItself, NotYours, AlreadyApproved, and as a meeting that is not to come.
    """
    if command.meeting is None:
        raise MeetingNeeded
    if command.template == "townhall_cancelled":
        raise ToldByItself
    meetings.lock_coming(db, command.meeting, command.actor)
    notice = _lock(db, command.notice) or _blank(db, command)
    refuse_unless_may_change(command.actor, institution=notice.institution)
    if notice.state != "draft":
        raise AlreadyApproved(notice=notice.id)
    notice.meeting, notice.template, notice.drafted_by = command.meeting, command.template, command.by
    notice.audience = command.audience.model_dump(mode="json")
    return _save(db, notice)


def approve_notice(db: Session, command: ApproveNotice) -> Notice:
    """Let a notice go out, as a second person.

    Refuses with UnknownNotice, NotYours, SamePerson, AlreadyApproved or NoticeEnded.
    """
    notice = lock_own(db, command.notice, command.actor)
    if notice.state in ENDED:
        raise NoticeEnded(notice=notice.id)
    if notice.state != "draft":
        raise AlreadyApproved(notice=notice.id)
    if notice.drafted_by == command.by:
        raise SamePerson(notice=notice.id)
    notice.state, notice.approved_by, notice.approved_for = "approved", command.by, command.institution
    _save(db, notice)
    publish(db, NoticeApproved(notice=notice.id, version=notice.version))
    return notice


def start_notice(db: Session, command: StartNotice) -> Notice:
    """Begin to tell the audience, frozen now, or go on after a pause.

    Refuses with UnknownNotice, NotYours, NotApproved, AlreadyRunning, NoticeEnded, NobodyToTell, and as a meeting that
    is not to come.
    """
    notice = lock_own(db, command.notice, command.actor)
    _refuse_unless_startable(notice)
    meetings.lock_coming(db, notice.meeting, command.actor)
    if notice.state == "approved":
        notice.asked = _freeze(db, notice)
        notice.started_at = now(db)
    notice.state, notice.next_batch_at = "running", now(db)
    _save(db, notice)
    pacing.next_turn(db, notice)
    return notice


def pause_notice(db: Session, command: PauseNotice) -> Notice:
    """Let no further batch leave.

    Refuses with UnknownNotice, NotYours or NotRunning.
    """
    notice = lock_own(db, command.notice, command.actor)
    if notice.state != "running":
        raise NotRunning(notice=notice.id)
    pacing.no_turn(db, notice.id)
    notice.state = "paused"
    return _save(db, notice)


def stop_notice(db: Session, command: StopNotice) -> Notice:
    """End a notice here: whoever was not told yet is not told.

    Refuses with UnknownNotice, NotYours or NoticeEnded.
    """
    notice = lock_own(db, command.notice, command.actor)
    if notice.state in ENDED:
        raise NoticeEnded(notice=notice.id)
    pacing.no_turn(db, notice.id)
    notice.state = "stopped"
    return _save(db, notice)


PROGRESS = sa.text("""
SELECT coalesce(sum(waiting), 0) AS waiting, coalesce(sum(handed_over), 0) AS handed_over,
       coalesce(sum(delivered), 0) AS delivered, coalesce(sum(failed), 0) AS failed,
       coalesce(sum(expired), 0) AS expired, coalesce(sum(refused), 0) AS refused,
       coalesce(sum(unsettled), 0) AS unsettled
FROM batch WHERE notice = :notice
""")
ANSWERS = sa.text("""
SELECT count(*) FILTER (WHERE answer = 'yes') AS yes, count(*) FILTER (WHERE answer = 'no') AS no,
       coalesce(sum(people) FILTER (WHERE answer = 'yes'), 0) AS people
FROM reply WHERE notice = :notice
""")


def notice(db: Session, notice: str, institution: str) -> dict[str, Any]:
    """A notice for staff: its state, how many texts are where, and the answers.

    `counts`: `asked` is the whole audience; each of them is in one of the others, of which `stopped` were not told
    because somebody stopped the notice. Raises LookupError, also where it is another institution's.
    """
    found = db.get(Notice, UUID(notice), populate_existing=True)
    if found is None or found.institution != institution:
        raise LookupError("no such notice")
    counts = db.connection().execute(PROGRESS, {"notice": found.id}).mappings().one()
    answers = db.connection().execute(ANSWERS, {"notice": found.id}).mappings().one()
    return {**_shown(found), "counts": with_unsent(found, counts), "replies": _numbers(answers)}


def with_unsent(notice: Notice, sent: Any) -> dict[str, int]:
    """The counts of a notice's batches, and in them whoever is not in a batch yet, or never will be."""
    counts = {"asked": notice.asked, **_numbers(sent), "stopped": 0}
    now_in = {"stopped": "stopped", "expired": "expired"}.get(notice.state, "waiting")
    counts[now_in] += notice.asked - notice.sent
    return counts


def notices(db: Session, institution: str) -> list[dict[str, Any]]:
    """An institution's notices, the latest first, for its staff."""
    own = col(Notice.institution) == institution
    found = select(Notice).where(own).order_by(col(Notice.drafted_at).desc()).limit(200)
    return [_shown(n) for n in db.exec(found.execution_options(populate_existing=True))]


def lock_own(db: Session, notice: UUID, actor: Actor) -> Notice:
    """A notice of the actor's institution, locked. Refuses with UnknownNotice or NotYours."""
    found = _lock(db, notice)
    if found is None:
        raise UnknownNotice(notice=notice)
    refuse_unless_may_change(actor, institution=found.institution)
    return found


def _lock(db: Session, notice: UUID) -> Notice | None:
    return db.get(Notice, notice, with_for_update=True, populate_existing=True)


def _blank(db: Session, command: DraftNotice) -> Notice:
    return Notice(id=command.notice, version=0, drafted_at=now(db), institution=command.institution)  # pyright: ignore[reportCallIssue]


def _refuse_unless_startable(notice: Notice) -> None:
    refusals = {"draft": NotApproved, "running": AlreadyRunning} | dict.fromkeys(ENDED, NoticeEnded)
    if notice.state in refusals:
        raise refusals[notice.state](notice=notice.id)


def _freeze(db: Session, notice: Notice) -> int:
    asked = audiences.freeze_audience(db, notice.id, Audience.model_validate(notice.audience))
    if asked == 0:
        raise NobodyToTell(notice=notice.id)
    return asked


def _save(db: Session, notice: Notice) -> Notice:
    notice.version += 1
    db.add(notice)
    db.flush()
    return notice


def _shown(notice: Notice) -> dict[str, Any]:
    return notice.model_dump(mode="json", exclude={"next_batch_at", "sent", "sent_through"})


def _numbers(row: Any) -> dict[str, int]:
    return {name: int(value) for name, value in row.items()}
