"""What families say of their files: corrections, complaints, questions. Each is a task of the case's desk until it is
answered; the family reads the answer on its own page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from services.reports.files import lock_own_report, lock_report
from services.reports.sealed import opened, seal, unseal
from services.reports.tables import Concern, Contact, Report
from shared.database import now
from shared.messages.model import Actor, seal_content
from shared.messages.reports import AnswerConcern, ConcernChanged, ConcernDue, RaiseConcern, Remark
from shared.messaging.outbox import publish, schedule, unschedule
from shared.messaging.refusal import Refusal
from shared.ownership import NotYours, may_change, refuse_unless_may_change
from shared.settings import settings

_MOST_ROWS = 200


class UnknownConcern(Refusal):
    """There is no such word of this family."""

    reason = "unknown_concern"


class AlreadyAnswered(Refusal):
    """Somebody answered meanwhile."""

    reason = "already_answered"


def raise_concern(db: Session, command: RaiseConcern) -> None:
    """Take down what a family says, also of a file that it closed. What was told before is not told again."""
    report = lock_own_report(db, command)
    if db.get(Concern, command.concern) is not None:
        return
    days = settings().complaint_days if command.concern_kind == "complaint" else settings().concern_days
    words = command.words and opened(command.words, Remark, command.concern).text
    concern = Concern(
        id=command.concern,
        reference=command.reference,
        concern_kind=command.concern_kind,
        door=command.door,
        sealed_words=words and seal(words, f"concern:{command.concern}"),
        raised_by=command.by,
        raised_at=now(db),
        desk=desk_for(command.concern_kind, report.institution),
        due_at=now(db) + timedelta(days=days),
    )
    db.add(concern)
    publish(db, concern_changed(concern))
    schedule(db, ConcernDue(concern=concern.id), now(db) + timedelta(days=days), _key(concern.id))


def desk_for(kind: str, responsible: str) -> str:
    """Who answers a family: the responsible institution, but a complaint is never answered by whom it is about."""
    return _complaints_body(responsible) if kind == "complaint" else responsible


def _complaints_body(about: str) -> str:
    """The first complaints body that is not complained of; where there is none, the last."""
    bodies = settings().complaints_bodies
    return next((body for body in bodies if body != about), bodies[-1])


def rise(db: Session, due: ConcernDue) -> None:
    """An answer is late: it is on the complaints body's list, and the coordinator's, from now on."""
    concern = db.get(Concern, due.concern, with_for_update=True, populate_existing=True)
    if concern is None or concern.answered_at is not None or concern.risen_at is not None:
        return
    concern.risen_at, concern.version = now(db), concern.version + 1
    db.add(concern)
    publish(db, concern_changed(concern))


def answer_concern(db: Session, command: AnswerConcern) -> None:
    """Answer a family: the desk that it went to, or, once that is late, the complaints body.

    Refuses with UnknownConcern, NotYours or AlreadyAnswered.
    """
    report = lock_report(db, command.reference)
    concern = db.get(Concern, command.concern)
    if concern is None or concern.reference != report.reference:
        refuse_unless_may_change(command.actor, institution=report.institution)
        raise UnknownConcern
    if not _may_answer(command.actor, concern, report.institution):
        raise NotYours
    if concern.answered_at is not None:
        raise AlreadyAnswered
    answer = opened(command.answer, Remark, command.concern).text
    concern.version += 1
    unschedule(db, _key(concern.id))
    concern.sealed_answer = seal(answer, f"answer:{concern.id}")
    concern.answered_by, concern.answered_at = command.by, now(db)
    db.add(concern)
    publish(db, concern_changed(concern))


def _may_answer(actor: Actor, concern: Concern, responsible: str) -> bool:
    desks = [concern.desk or responsible]
    if concern.risen_at is not None:
        desks.append(_complaints_body(responsible))
    return any(may_change(actor, institution=desk) for desk in desks)


def _key(concern: UUID) -> str:
    return f"concern:{concern}"


def concern_changed(concern: Concern) -> ConcernChanged:
    """How a concern stands, as the family's page is told."""
    return ConcernChanged.model_validate(
        {
            "concern": concern.id,
            "version": concern.version,
            "reference": concern.reference,
            "concern_kind": concern.concern_kind,
            "door": concern.door,
            "desk": concern.desk,
            "due_at": concern.due_at,
            "is_late": concern.risen_at is not None and concern.answered_at is None,
            "words": _resealed(_words(concern), concern.id),
            "raised_at": concern.raised_at,
            "answer": _resealed(_answer(concern), concern.id),
            "answered_at": concern.answered_at,
        }
    )


def concerns(db: Session, institution: str | None, state: str = "open") -> list[dict[str, Any]]:
    """What an institution is to answer, the oldest first, or has answered, the newest first: without any words.

    A late one is on the complaints body's list, too; None is the coordinator, who sees those that are late.
    """
    wanted = (
        select(Concern, Contact.language)
        .join(Report, col(Report.reference) == col(Concern.reference))
        .join(Contact, col(Contact.reference) == col(Concern.reference))
        .where(_on_list_of(institution))
    )
    if state == "open":
        wanted = wanted.where(col(Concern.answered_at).is_(None)).order_by(col(Concern.raised_at), col(Concern.id))
    else:
        wanted = wanted.where(col(Concern.answered_at).is_not(None)).order_by(col(Concern.answered_at).desc())
    return [{**_summary(each), "language": language} for each, language in db.exec(wanted.limit(_MOST_ROWS))]


def concern(db: Session, concern: str, institution: str) -> dict[str, Any]:
    """One task with its words, and the answer where there is one. Raises LookupError."""
    wanted = select(Concern).join(Report).where(col(Concern.id) == UUID(concern), _on_list_of(institution))
    found = db.exec(wanted).first()
    if found is None:
        raise LookupError
    return {**_summary(found), "words": _words(found), "answer": _answer(found)}


def _on_list_of(institution: str | None) -> ColumnElement[bool]:
    late = col(Concern.risen_at).is_not(None)
    if institution is None:
        return late
    own = func.coalesce(Concern.desk, Report.institution) == institution
    if institution not in settings().complaints_bodies:
        return own
    return or_(own, and_(late, col(Report.institution) != institution))


def _summary(concern: Concern) -> dict[str, Any]:
    return {
        "concern": str(concern.id),
        "reference": concern.reference,
        "concern_kind": concern.concern_kind,
        "door": concern.door,
        "desk": concern.desk,
        "due_at": concern.due_at and concern.due_at.isoformat(),
        "is_late": concern.risen_at is not None and concern.answered_at is None,
        "has_words": concern.sealed_words is not None,
        "raised_at": concern.raised_at.isoformat(),
        "answered_at": concern.answered_at and concern.answered_at.isoformat(),
        "answered_by": concern.answered_by and str(concern.answered_by),
    }


def _words(concern: Concern) -> str | None:
    return concern.sealed_words and unseal(concern.sealed_words, f"concern:{concern.id}")


def _answer(concern: Concern) -> str | None:
    return concern.sealed_answer and unseal(concern.sealed_answer, f"answer:{concern.id}")


def _resealed(text: str | None, about: UUID) -> str | None:
    return text and seal_content(Remark(text=text), str(about))
