"""A report goes to another institution: both sides and the family agree; a coordinator for the closed."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from services.reports import handing_over
from services.reports.handing_over import HandOverEnded, HandOverOpen, NotClosed, ToItself
from services.reports.reading import read_report
from services.reports.tables import Report
from shared.messages.gateway import Send, Template
from shared.messages.model import Actor, FamilyActor, seal_content
from shared.messages.reports import (
    AgreeToHandOver,
    AnswerHandOver,
    EndHandOver,
    NoteInstitution,
    OfferHandOver,
    Remark,
    ReportChanged,
    TakeOverReport,
)
from shared.ownership import NotYours
from tests.actors import family_of, staff_of
from tests.service.reports.builders import a_report, told

COORDINATOR = staff_of("ncc", uuid4(), "coordinator")


def offered(db: Session, report: Report, to: str = "ihchr") -> UUID:
    number = uuid4()
    reason = seal_content(Remark(text="The family has moved."), str(number))
    command = OfferHandOver(
        reference=report.reference, hand_over=number, to=to, reason=reason, actor=staff_of(report.institution)
    )
    handing_over.offer(db, command)
    return number


def agree(db: Session, report: Report, number: UUID, *, agrees: bool = True, by: Actor | FamilyActor | None = None):
    actor = by or family_of(report.reference)
    handing_over.agree(db, AgreeToHandOver(reference=report.reference, hand_over=number, agrees=agrees, actor=actor))


def answer(db: Session, report: Report, number: UUID, *, accepts: bool = True, by: str = "ihchr") -> None:
    handing_over.answer(
        db, AnswerHandOver(reference=report.reference, hand_over=number, accepts=accepts, actor=staff_of(by))
    )


def take_over(db: Session, report: Report, to: str = "ihchr", by: Actor = COORDINATOR) -> None:
    reason = seal_content(Remark(text="It was dissolved."), report.reference)
    handing_over.take_over(db, TakeOverReport(reference=report.reference, to=to, reason=reason, actor=by))


@pytest.mark.parametrize("is_family_first", [True, False])
def test_it_goes_over_once_the_other_side_and_the_family_have_agreed(db: Session, is_family_first: bool) -> None:
    report = a_report(db)
    number = offered(db, report)

    steps = [lambda: agree(db, report, number), lambda: answer(db, report, number)]
    first, second = steps if is_family_first else reversed(steps)
    first()
    assert report.institution == "mgd"
    second()

    assert report.institution == "ihchr"
    newest = told(db, ReportChanged)[-1]
    assert (newest.institution, newest.hand_over, newest.contact_person) == ("ihchr", None, None)
    assert Template.RESPONSIBLE_CHANGED in {text.template for text in told(db, Send)}


@pytest.mark.parametrize("who", ["family", "taker", "giver"])
def test_each_of_the_three_can_end_it(db: Session, who: str) -> None:
    report = a_report(db)
    number = offered(db, report)

    if who == "family":
        agree(db, report, number, agrees=False)
    elif who == "taker":
        answer(db, report, number, accepts=False)
    else:
        handing_over.end(db, EndHandOver(reference=report.reference, hand_over=number, actor=staff_of("mgd")))

    assert report.institution == "mgd"
    assert told(db, ReportChanged)[-1].hand_over is None
    with pytest.raises(HandOverEnded):
        agree(db, report, number)


def test_nobody_agrees_for_another(db: Session) -> None:
    report = a_report(db)
    number = offered(db, report)

    with pytest.raises(NotYours):
        answer(db, report, number, by="mgd")
    with pytest.raises(NotYours):
        answer(db, report, number, by="police")
    with pytest.raises(NotYours):
        agree(db, report, number, by=staff_of("ihchr"))
    with pytest.raises(NotYours):
        handing_over.end(db, EndHandOver(reference=report.reference, hand_over=number, actor=COORDINATOR))


def test_one_hand_over_at_a_time_and_none_to_itself(db: Session) -> None:
    report = a_report(db)
    with pytest.raises(ToItself):
        offered(db, report, to="mgd")
    offered(db, report)
    with pytest.raises(HandOverOpen):
        offered(db, report, to="police")


def test_who_gave_a_report_away_reads_it_only_if_the_family_lets_it(db: Session) -> None:
    report = a_report(db)
    number = offered(db, report)
    agree(db, report, number)
    answer(db, report, number)

    with pytest.raises(LookupError):
        read_report(db, report.reference, "mgd")
    assert read_report(db, report.reference, "ihchr")["institution"] == "ihchr"


def test_a_coordinator_gives_away_only_what_a_closed_institution_had(db: Session) -> None:
    report = a_report(db)
    with pytest.raises(NotClosed):
        take_over(db, report)
    handing_over.note_institution(db, NoteInstitution(closed="mgd", is_closed=True, actor=COORDINATOR))
    with pytest.raises(NotYours):
        take_over(db, report, by=staff_of("ihchr"))

    take_over(db, report)

    assert report.institution == "ihchr"
    assert Template.RESPONSIBLE_CHANGED in {text.template for text in told(db, Send)}


def test_an_institution_that_opens_again_keeps_its_reports(db: Session) -> None:
    report = a_report(db)
    for is_closed in (True, False):
        handing_over.note_institution(db, NoteInstitution(closed="mgd", is_closed=is_closed, actor=COORDINATOR))
    with pytest.raises(NotClosed):
        take_over(db, report)


def test_a_file_that_is_offered_is_read_without_a_lock(db: Session) -> None:
    report = a_report(db)
    offered(db, report)
    db.flush()
    db.connection().exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    db.connection().exec_driver_sql("SET TRANSACTION READ ONLY")  # as staff's reads are

    assert read_report(db, report.reference, "mgd")["hand_over"]["taker"] == "ihchr"
