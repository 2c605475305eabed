"""Notices: drafted by one person, let out by another, and then started, paused, stopped."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outreach import audiences, automatic, meetings, pacing
from services.outreach.tables import Meeting, Notice
from shared.database import now
from shared.messages.approval import Digest, digest_of, digest_of_words
from shared.messages.model import Actor, LocalText
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


class WordsMissing(Refusal):
    """The words are not complete in every language, or are not those of the template's approval."""

    reason = "words_missing"


class AudienceFrozen(Refusal):
    """The notice has begun to go out: whom it goes to cannot change any more."""

    reason = "audience_frozen"


class NobodyToTell(Refusal):
    """Nobody meets the audience's conditions."""

    reason = "nobody_to_tell"


ENDED = ("stopped", "done", "expired")
UNAPPROVED = ("draft", "void")
"""What a second person may approve: a new notice, and one whose approval does not hold any more."""


def draft_notice(db: Session, command: DraftNotice) -> Notice:
    """Draft a notice, or change a draft or one whose approval does not hold any more.

    Refuses with MeetingNeeded, ToldByItself, NotYours, AlreadyApproved, AudienceFrozen, and as a meeting that is not to
    come.
    """
    if command.meeting is None:
        raise MeetingNeeded
    if command.template == "townhall_cancelled":
        raise ToldByItself
    meetings.lock_coming(db, command.meeting, command.actor)
    notice = _lock(db, command.notice) or _blank(db, command)
    refuse_unless_may_change(command.actor, institution=notice.institution)
    if notice.state not in UNAPPROVED:
        raise AlreadyApproved(notice=notice.id)
    audience = command.audience.model_dump(mode="json")
    if notice.started_at and (audience, command.meeting) != (notice.audience, notice.meeting):
        raise AudienceFrozen(notice=notice.id)
    notice.meeting, notice.template, notice.drafted_by = command.meeting, command.template, command.by
    notice.audience, notice.words, notice.state = audience, dict(command.words), "draft"
    return _save(db, notice)


def approve_notice(db: Session, command: ApproveNotice) -> Notice:
    """Let a notice go out, as a second person, in the words and to the audience that the digest stands for.

    An automatic notice, which nobody wrote, leaves at once; its approver brings the words that were shown.
    Refuses with UnknownNotice, NotYours, NoticeEnded, AlreadyApproved, SamePerson, WordsMissing, WordsChanged, and, for
    an automatic one, NobodyToTell.
    """
    notice = _lock(db, command.notice)
    if notice is None:
        raise UnknownNotice(notice=command.notice)
    meeting = db.get_one(Meeting, notice.meeting, with_for_update=True, populate_existing=True)
    meetings.refuse_unless_may_approve(command.actor, meeting)
    if notice.state in ENDED:
        raise NoticeEnded(notice=notice.id)
    if notice.state not in UNAPPROVED:
        raise AlreadyApproved(notice=notice.id)
    if command.by in (notice.drafted_by, meeting.author):
        raise meetings.SamePerson(notice=notice.id)
    words = dict(command.words) if notice.is_automatic and command.words else notice.words
    if words is None:
        raise WordsMissing(notice=notice.id)
    if command.digest != approval_digest(notice, meeting, words):
        raise meetings.WordsChanged(notice=notice.id)
    leaves_at_once = notice.is_automatic and notice.started_at is None
    asked = automatic.freeze_those_told(db, notice) if leaves_at_once else notice.asked
    if leaves_at_once and asked == 0:
        raise NobodyToTell(notice=notice.id)
    notice.words, notice.approved_digest = words, command.digest
    notice.words_digest = digest_of_words(notice.template, meeting.time_zone, words)
    notice.state, notice.approved_by, notice.approved_for = "approved", command.by, command.institution
    if leaves_at_once:
        notice.asked, notice.started_at, notice.state = asked, now(db), "running"
    _save(db, notice)
    publish(db, NoticeApproved(notice=notice.id, version=notice.version))
    if leaves_at_once:
        pacing.next_turn(db, notice)
    return notice


def approval_digest(notice: Notice, meeting: Meeting, words: LocalText) -> Digest:
    """The digest of all that a second person approves: the words in every language, and whom they go to."""
    return digest_of(
        {
            "notice": str(notice.id),
            "template": notice.template,
            "words": dict(words),
            "audience": notice.audience,
            "meeting": meetings.digest_of_plan(meeting),
        }
    )


def start_notice(db: Session, command: StartNotice) -> Notice:
    """Begin to tell the audience, frozen now, or go on after a pause or a new approval.

    Refuses with UnknownNotice, NotYours, NotApproved, AlreadyRunning, NoticeEnded, NobodyToTell, and as a meeting that
    is not to come.
    """
    notice = lock_own(db, command.notice, command.actor)
    _refuse_unless_startable(notice)
    meetings.lock_coming(db, notice.meeting, command.actor)
    if notice.started_at is None:
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
    """End a notice here: whoever was not told yet is not told, nor whose text still waits at the gateway.

    Refuses with UnknownNotice, NotYours or NoticeEnded.
    """
    notice = lock_own(db, command.notice, command.actor)
    if notice.state in ENDED:
        raise NoticeEnded(notice=notice.id)
    pacing.no_turn(db, notice.id)
    automatic.recall(db, notice)
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


def notice(db: Session, notice: str, institution: str, words: LocalText | None = None) -> dict[str, Any]:
    """A notice for staff: its state, how many texts are where, the answers, and the digest of what is approved.

    `words` are what an automatic notice, which nobody wrote, would say.

    `counts`: `asked` is the whole audience; each of them is in one of the others, of which `stopped` were not told
    because somebody stopped the notice. Raises LookupError, also where it is another institution's.
    """
    found = db.get(Notice, UUID(notice), populate_existing=True)
    meeting = db.get(Meeting, found.meeting, populate_existing=True) if found else None
    if found is None or meeting is None or institution not in (found.institution, *meeting.partners):
        raise LookupError("no such notice")
    counts = db.connection().execute(PROGRESS, {"notice": found.id}).mappings().one()
    answers = db.connection().execute(ANSWERS, {"notice": found.id}).mappings().one()
    return {
        **_shown(found),
        "counts": with_unsent(found, counts),
        "replies": _numbers(answers),
        "digest": approval_digest(found, meeting, shown) if (shown := found.words or words) else None,
        "authors": sorted({str(found.drafted_by), str(meeting.author)}),
    }


def with_unsent(notice: Notice, sent: Any) -> dict[str, int]:
    """The counts of a notice's batches, and in them whoever is not in a batch yet, or never will be."""
    counts = {"asked": notice.asked, **_numbers(sent), "stopped": 0}
    now_in = {"stopped": "stopped", "expired": "expired"}.get(notice.state, "waiting")
    counts[now_in] += notice.asked - notice.sent
    return counts


def notices(db: Session, institution: str) -> list[dict[str, Any]]:
    """The notices of an institution, and of meetings whose partner it is, for its staff: first those that wait for a
    second person, then the latest."""
    own = sa.or_(col(Notice.institution) == institution, col(Meeting.partners).contains([institution]))
    waits = col(Notice.state).in_(UNAPPROVED)
    found = select(Notice).join(Meeting).where(own).order_by(waits.desc(), col(Notice.drafted_at).desc()).limit(200)
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
    refusals = {"draft": NotApproved, "void": NotApproved, "running": AlreadyRunning} | dict.fromkeys(
        ENDED, NoticeEnded
    )
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
    return notice.model_dump(mode="json", exclude={"next_batch_at", "sent_through"})


def _numbers(row: Any) -> dict[str, int]:
    return {name: int(value) for name, value in row.items()}
