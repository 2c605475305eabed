"""What families say of their files: corrections, complaints, questions. Each is a task of the case's desk until it is
answered; the family reads the answer on its own page."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from services.reports.consent import visible_to
from services.reports.files import lock_own_report
from services.reports.sealed import opened, seal, unseal
from services.reports.tables import Concern, Contact, Report
from shared.database import now
from shared.messages.model import seal_content
from shared.messages.reports import AnswerConcern, ConcernChanged, RaiseConcern, Remark
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal

_MOST_ROWS = 200


class UnknownConcern(Refusal):
    """There is no such word of this family."""

    reason = "unknown_concern"


class AlreadyAnswered(Refusal):
    """Somebody answered meanwhile."""

    reason = "already_answered"


def raise_concern(db: Session, command: RaiseConcern) -> None:
    """Take down what a family says, also of a file that it closed. What was told before is not told again."""
    lock_own_report(db, command)
    if db.get(Concern, command.concern) is not None:
        return
    words = command.words and opened(command.words, Remark, command.concern).text
    concern = Concern(
        id=command.concern,
        reference=command.reference,
        concern_kind=command.concern_kind,
        door=command.door,
        sealed_words=words and seal(words, f"concern:{command.concern}"),
        raised_by=command.by,
        raised_at=now(db),
    )
    db.add(concern)
    publish(db, concern_changed(concern))


def answer_concern(db: Session, command: AnswerConcern) -> None:
    """Answer a family. Refuses with NotYours, UnknownConcern or AlreadyAnswered."""
    report = lock_own_report(db, command)
    concern = db.get(Concern, command.concern)
    if concern is None or concern.reference != report.reference:
        raise UnknownConcern
    if concern.answered_at is not None:
        raise AlreadyAnswered
    answer = opened(command.answer, Remark, command.concern).text
    concern.version = 2
    concern.sealed_answer = seal(answer, f"answer:{concern.id}")
    concern.answered_by, concern.answered_at = command.by, now(db)
    db.add(concern)
    publish(db, concern_changed(concern))


def concern_changed(concern: Concern) -> ConcernChanged:
    """How a concern stands, as the family's page is told."""
    return ConcernChanged.model_validate(
        {
            "concern": concern.id,
            "version": concern.version,
            "reference": concern.reference,
            "concern_kind": concern.concern_kind,
            "door": concern.door,
            "words": _resealed(_words(concern), concern.id),
            "raised_at": concern.raised_at,
            "answer": _resealed(_answer(concern), concern.id),
            "answered_at": concern.answered_at,
        }
    )


def concerns(db: Session, institution: str, state: str = "open") -> list[dict[str, Any]]:
    """An institution's tasks, the oldest open one first, or its answered ones, the newest first: without any words."""
    wanted = (
        select(Concern, Contact.language)
        .join(Report, col(Report.reference) == col(Concern.reference))
        .join(Contact, col(Contact.reference) == col(Concern.reference))
        .where(Report.institution == institution)
    )
    if state == "open":
        wanted = wanted.where(col(Concern.answered_at).is_(None)).order_by(col(Concern.raised_at), col(Concern.id))
    else:
        wanted = wanted.where(col(Concern.answered_at).is_not(None)).order_by(col(Concern.answered_at).desc())
    return [{**_summary(each), "language": language} for each, language in db.exec(wanted.limit(_MOST_ROWS))]


def concern(db: Session, concern: str, institution: str) -> dict[str, Any]:
    """One task with its words, and the answer where there is one. Raises LookupError."""
    wanted = select(Concern).join(Report).where(col(Concern.id) == UUID(concern), visible_to(institution))
    found = db.exec(wanted).first()
    if found is None:
        raise LookupError
    return {**_summary(found), "words": _words(found), "answer": _answer(found)}


def _summary(concern: Concern) -> dict[str, Any]:
    return {
        "concern": str(concern.id),
        "reference": concern.reference,
        "concern_kind": concern.concern_kind,
        "door": concern.door,
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
