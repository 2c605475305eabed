"""Where lives depend on a link, two people decide, neither knowing what the other did; and what families are asked."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from services.reports.consent import set_consent
from services.reports.linking import SameReviewer, decide_link, why_two
from services.reports.links_reading import read_link
from services.reports.tables import Report, ReportLink, ShareAsked
from shared.messages.gateway import Send, Template
from shared.messages.reports import DecideLink, SetConsent
from shared.ownership import NotYours
from tests.actors import family_of, staff_of
from tests.service.reports.builders import THE_SAME_BY_POLICE, a_link, a_report, told

ONE, ANOTHER, A_THIRD = uuid4(), uuid4(), uuid4()
CHILD = {"person__born": {"year": 2005}}


def a_pair(db: Session, *, mgd: dict[str, Any] | None = None, police: dict[str, Any] | None = None) -> ReportLink:
    """A link of two reports that nothing is shared of."""
    one = a_report(db, **(mgd or {}))
    return a_link(db, one, a_report(db, institution="police", **{**THE_SAME_BY_POLICE, **(police or {})}))


def decide(db: Session, link: ReportLink, decision: str, by: UUID = ONE) -> None:
    actor = staff_of("ncc", by, "link_reviewer")
    decide_link(db, DecideLink.model_validate({"link": link.id, "decision": decision, "actor": actor}))


def reasons(db: Session, link: ReportLink) -> list[str]:
    return why_two(db, [db.get_one(Report, link.first), db.get_one(Report, link.second)])


def questions(db: Session) -> list[tuple[str, str]]:
    """Who is asked for, and how that stands."""
    return sorted((asked.institution, asked.state) for asked in db.exec(select(ShareAsked)))


def test_of_a_grown_up_one_person_decides(db: Session) -> None:
    link = a_pair(db)
    assert reasons(db, link) == []
    decide(db, link, "linked")
    assert link.state == "linked"


@pytest.mark.parametrize(
    ("mgd", "police", "why"),
    [
        (CHILD, CHILD, "minor"),
        # Nobody said when, but the event began in 2014.
        ({**CHILD, "event__date": None}, {**CHILD, "event__date": None}, "minor"),
        # One knows the age, the other the year; only together they tell of a child.
        (
            {"person__born": {"year": 1985}, "event__date": None, "event__code": None},
            {"person__born": None, "event__code": "IRAN_IRAQ_WAR", "event__date": None},
            "minor",
        ),
        ({"person__declared_dead": True}, {}, "declared_dead"),
        ({}, {"person__sex": "female"}, "sex_differs"),
    ],
)
def test_where_lives_depend_on_it_two_people_agree(
    db: Session, mgd: dict[str, Any], police: dict[str, Any], why: str
) -> None:
    link = a_pair(db, mgd=mgd, police=police)
    assert reasons(db, link) == [why]
    decide(db, link, "linked")
    assert link.state == "in_review"
    with pytest.raises(SameReviewer):
        decide(db, link, "linked")
    assert questions(db) == []
    decide(db, link, "linked", ANOTHER)
    assert link.state == "linked"
    assert questions(db) == [("mgd", "open"), ("police", "open")]


def test_the_second_person_does_not_see_what_the_first_decided(db: Session) -> None:
    link = a_pair(db, mgd=CHILD, police=CHILD)
    decide(db, link, "rejected")
    assert [each["decision"] for each in read_link(db, str(link.id), None, str(ONE))["decisions"]] == ["rejected"]
    assert read_link(db, str(link.id), None, str(ANOTHER))["decisions"] == []
    assert read_link(db, str(link.id), None)["decisions"] == []


def test_where_the_two_do_not_agree_the_pair_is_proposed_anew(db: Session) -> None:
    link = a_pair(db, mgd=CHILD, police=CHILD)
    decide(db, link, "linked")
    decide(db, link, "rejected", ANOTHER)
    assert (link.state, link.first_reviewer) == ("proposed", None)
    decide(db, link, "rejected", A_THIRD)
    decide(db, link, "rejected", ONE)
    assert link.state == "rejected"


def test_one_person_is_enough_to_take_a_link_back(db: Session) -> None:
    link = a_pair(db, mgd=CHILD, police=CHILD)
    decide(db, link, "linked")
    decide(db, link, "linked", ANOTHER)
    decide(db, link, "undone")
    assert link.state == "undone"
    assert questions(db) == [("mgd", "ended"), ("police", "ended")]


def test_an_ordinary_reviewer_of_either_side_does_not_decide(db: Session) -> None:
    link = a_pair(db)
    for institution in ("mgd", "police", "ncc"):
        command = DecideLink(link=link.id, decision="linked", actor=staff_of(institution, uuid4()))
        with pytest.raises(NotYours):
            decide_link(db, command)


def test_each_family_is_asked_once_by_a_text_that_says_nothing_and_its_answer_stands(db: Session) -> None:
    link = a_pair(db)
    decide(db, link, "linked")
    texts = [text for text in told(db, Send) if text.template is Template.QUESTION_WAITS]
    assert [text.values.keys() for text in texts] == [{"ref"}, {"ref"}]

    one = db.exec(select(Report).where(col(Report.institution) == "mgd")).one()
    no = {"purpose": "share", "recipient": "police", "is_given": False, "text_version": "1"}
    set_consent(db, SetConsent.model_validate({"actor": family_of(one.reference), "reference": one.reference, **no}))
    decide(db, link, "undone")
    decide(db, link, "linked", ANOTHER)
    assert questions(db) == [("mgd", "open"), ("police", "no")], "a no is not asked again"
