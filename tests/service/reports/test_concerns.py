"""What families say of their files: a task of the desk until it is answered, once, in sealed words."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from services.reports import concerns
from services.reports.concerns import AlreadyAnswered
from services.reports.status import withdraw_report
from services.reports.tables import Concern, Report
from shared.messages.model import open_content, seal_content
from shared.messages.reports import AnswerConcern, ConcernChanged, RaiseConcern, Remark, WithdrawReport
from shared.ownership import NotYours
from tests.actors import family_of, staff_of
from tests.service.reports.builders import STAFF, Clock, a_report, forget_told, told

WORDS = "اسم الأم مكتوب خطأ: زينب كاظم"
ANSWER = "شكراً، صححنا الاسم."


def raising(report: Report, concern: UUID | None = None, **changes: object) -> RaiseConcern:
    concern = concern or uuid4()
    said = {
        "actor": family_of(report.reference),
        "reference": report.reference,
        "concern": concern,
        "concern_kind": "correction",
        "door": "web",
        "words": seal_content(Remark(text=WORDS), str(concern)),
    }
    return RaiseConcern.model_validate(said | changes)


def answering(report: Report, concern: UUID, institution: str = "mgd") -> AnswerConcern:
    answer = seal_content(Remark(text=ANSWER), str(concern))
    return AnswerConcern(actor=staff_of(institution, STAFF), reference=report.reference, concern=concern, answer=answer)


def raised(db: Session, report: Report, **changes: object) -> UUID:
    command = raising(report, **changes)
    concerns.raise_concern(db, command)
    return command.concern


def test_what_a_family_says_is_kept_sealed_and_told_to_its_page(db: Session) -> None:
    report = a_report(db)
    concern = raised(db, report)

    (row,) = db.exec(select(Concern).where(col(Concern.reference) == report.reference))
    (event,) = told(db, ConcernChanged)
    assert row.sealed_words is not None
    assert WORDS not in row.sealed_words
    assert event.words is not None
    assert open_content(event.words, Remark, str(concern)).text == WORDS
    assert (event.version, event.answer) == (1, None)


def test_told_again_it_is_one(db: Session) -> None:
    report = a_report(db)
    concern = raised(db, report)
    concerns.raise_concern(db, raising(report, concern))

    assert len(told(db, ConcernChanged)) == 1


def test_an_answer_reaches_the_page_and_takes_the_task_off_the_desk(db: Session, clock: Clock) -> None:
    report = a_report(db)
    concern = raised(db, report)
    assert [task["concern"] for task in open_tasks(db)] == [str(concern)]
    clock.go_on(hours=1)
    forget_told(db)

    concerns.answer_concern(db, answering(report, concern))

    (event,) = told(db, ConcernChanged)
    assert event.version == 2
    assert event.answer is not None
    assert open_content(event.answer, Remark, str(concern)).text == ANSWER
    assert open_tasks(db) == []
    assert concerns.concern(db, str(concern), "mgd")["answer"] == ANSWER


def open_tasks(db: Session) -> list[dict[str, object]]:
    db.flush()
    return concerns.concerns(db, "mgd")


def test_a_second_answer_is_refused_and_so_is_another_institutions(db: Session) -> None:
    report = a_report(db)
    concern = raised(db, report)
    with pytest.raises(NotYours):
        concerns.answer_concern(db, answering(report, concern, "police"))
    concerns.answer_concern(db, answering(report, concern))
    with pytest.raises(AlreadyAnswered):
        concerns.answer_concern(db, answering(report, concern))


def test_a_family_that_closed_its_file_can_still_complain(db: Session) -> None:
    report = a_report(db)
    withdraw_report(db, WithdrawReport(actor=family_of(report.reference), reference=report.reference))

    raised(db, report, concern_kind="complaint")

    assert open_tasks(db) == []
    assert [task["concern_kind"] for task in concerns.concerns(db, "central")] == ["complaint"]


def test_the_desks_list_shows_no_words_and_only_its_own(db: Session) -> None:
    own, others = a_report(db), a_report(db, institution="police")
    raised(db, own)
    raised(db, others)

    (task,) = open_tasks(db)

    assert task["reference"] == own.reference
    assert WORDS not in str(task)


def test_by_call_it_may_come_without_words(db: Session) -> None:
    report = a_report(db)
    raised(db, report, door="call", concern_kind="question", words=None)

    (task,) = open_tasks(db)
    assert (task["door"], task["has_words"]) == ("call", False)
