"""Two reports of one person: proposed, decided, undone; and no family's file shows it."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from portal.api.answers import ReportStatus
from services.reports.linking import DecisionNotAllowed, UnknownLink, decide_link, hanging_together
from services.reports.links_reading import (
    decided_links,
    links_for_national,
    links_of_report,
    links_to_review,
    read_link,
)
from services.reports.reading import read_status
from services.reports.reporting import accept_report, accept_reports
from services.reports.tables import LinkDecision, Report, ReportLink
from shared.database import open_session
from shared.messages.model import seal_content
from shared.messages.reports import CaseLinked, DecideLink, LinkProposed, Remark, ReportAccepted, ReportChanged
from shared.parts import Part
from tests.actors import staff_of
from tests.service.messaging.looking import rows, scalar
from tests.service.reports.builders import (
    STAFF,
    THE_SAME_BY_POLICE,
    Clock,
    a_content,
    a_link,
    a_report,
    accepting,
    forget_told,
    links_between,
    told,
)
from tests.waiting import eventually

NATIONAL_REVIEWER = staff_of("mgd", STAFF, "link_reviewer")
"""Who decides on the links of files that their institutions may not read each other."""


def deciding(link: ReportLink, decision: str, reason: str | None = None) -> DecideLink:
    sealed = seal_content(Remark(text=reason), str(link.id)) if reason else None
    return DecideLink.model_validate(
        {"link": link.id, "decision": decision, "actor": NATIONAL_REVIEWER, "reason": sealed}
    )


def test_the_same_person_by_another_institution_in_another_script_is_proposed_with_reasons(db: Session) -> None:
    one = a_report(db)
    other = a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    assert link.state == "proposed"
    assert link.score >= 0.95
    assert {evidence["field"] for evidence in link.explanation} >= {"name", "mother", "born", "event"}


def test_a_brother_is_not_proposed(db: Session) -> None:
    one = a_report(db)
    brother = a_report(db, person__names=[{"raw": "حسن حسين محمد الجبوري"}], person__born={"year": 1987})
    assert links_between(db, one, brother) == []


def test_linked_reports_share_the_case_of_the_earlier(db: Session, clock: Clock) -> None:
    one = a_report(db)
    clock.go_on(days=1)
    other = a_report(db, institution="police", **THE_SAME_BY_POLICE)
    decide_link(db, deciding(a_link(db, one, other), "linked"))
    assert one.case == other.case == one.own_case


def test_no_family_hears_of_a_link(db: Session) -> None:
    one = a_report(db, consent__share=["police"])
    other = a_report(db, institution="police", consent__share=["mgd"], **THE_SAME_BY_POLICE)
    forget_told(db)
    decide_link(db, deciding(a_link(db, one, other), "linked"))
    assert told(db, ReportChanged) == []
    assert (one.version, other.version) == (1, 1)
    assert (one.status, other.status) == ("received", "received")


def test_a_link_that_is_undone_gives_each_report_its_own_case_back(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    decide_link(db, deciding(link, "linked"))
    decide_link(db, deciding(link, "undone", reason="another village"))
    assert (one.case, other.case) == (one.own_case, other.own_case)
    decisions = db.exec(select(LinkDecision).where(col(LinkDecision.link) == link.id).order_by(col(LinkDecision.id)))
    assert [decision.decision for decision in decisions] == ["linked", "undone"]
    assert read_link(db, str(link.id), None)["decisions"][1]["reason"] == "another village"


def test_three_linked_reports_keep_together_what_still_hangs_together(db: Session, clock: Clock) -> None:
    reports: list[Report] = []
    for institution in ("mgd", "police", "mhr"):
        reports.append(a_report(db, institution=institution))
        clock.go_on(hours=1)
    first, second, third = reports
    decide_link(db, deciding(a_link(db, first, second), "linked"))
    decide_link(db, deciding(a_link(db, second, third), "linked"))
    assert first.case == second.case == third.case == first.own_case
    decide_link(db, deciding(a_link(db, first, second), "undone"))
    assert first.case == first.own_case
    assert second.case == third.case == second.own_case


def test_a_decision_that_cannot_follow_is_refused(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    with pytest.raises(DecisionNotAllowed):
        decide_link(db, deciding(link, "undone"))
    decide_link(db, deciding(link, "rejected"))
    decide_link(db, deciding(link, "rejected"))
    assert link.version == 2


def test_a_link_that_is_not_there_is_refused(db: Session) -> None:
    with pytest.raises(UnknownLink):
        decide_link(db, DecideLink(actor=NATIONAL_REVIEWER, link=uuid4(), decision="linked"))


def test_a_rejected_pair_is_not_proposed_again_by_what_is_added(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    decide_link(db, deciding(a_link(db, one, other), "rejected"))
    third = a_report(db, institution="mhr")
    assert a_link(db, one, other).state == "rejected"
    assert a_link(db, one, third).state == "proposed"


def test_a_reviewer_sees_the_links_between_files_that_the_families_let_both_be_seen(db: Session) -> None:
    one = a_report(db, consent__share=["police"])
    other = a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = str(a_link(db, one, other).id)
    assert [found["link"] for found in links_to_review(db, "police")] == [link]
    assert links_to_review(db, "mgd") == []
    with pytest.raises(LookupError):
        read_link(db, link, "mgd")


def test_each_side_reads_the_reasons_from_its_own_side(db: Session) -> None:
    one = a_report(db, consent__share=["police"])
    other = a_report(db, institution="police", consent__share=["mgd"], **THE_SAME_BY_POLICE)
    (of_one,), (of_other,) = links_of_report(db, one, "mgd"), links_of_report(db, other, "police")
    name_of = {evidence["field"]: evidence["a"] for evidence in of_one["explanation"]}["name"]
    assert name_of == "علي حسين محمد الجبوري"
    assert {evidence["field"]: evidence["b"] for evidence in of_other["explanation"]}["name"] == name_of


def test_proposals_and_links_are_told_to_nobody_who_would_pass_them_on(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    decide_link(db, deciding(a_link(db, one, other), "linked"))
    assert told(db, LinkProposed) == told(db, CaseLinked) == []


def test_groups_hang_together_by_their_links() -> None:
    assert hanging_together("abcde", [("a", "b"), ("c", "d"), ("b", "a")]) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_link_is_undone_from_both_decisions_and_a_repeated_undoing_changes_nothing(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    for step, decision in enumerate(("rejected", "undone", "undone", "linked", "linked", "undone")):
        decide_link(db, deciding(link, decision))
        assert (link.state, link.version) == (decision, (2, 3, 3, 4, 4, 5)[step])
    assert (one.case, other.case) == (one.own_case, other.own_case)
    taken = db.exec(
        select(LinkDecision.decision).where(col(LinkDecision.link) == link.id).order_by(col(LinkDecision.id))
    )
    assert list(taken) == ["rejected", "undone", "linked", "undone"]


def test_the_like_of_a_batch_are_proposed_once(db: Session) -> None:
    commands = [accepting(a_content()), accepting(a_content(**THE_SAME_BY_POLICE), institution="police")]
    accept_reports(db, [*commands, commands[0]])
    one, other = (db.get_one(Report, command.reference) for command in commands)
    assert a_link(db, one, other).state == "proposed"
    assert len(told(db, ReportAccepted)) == 3
    accept_reports(db, commands[::-1])
    assert a_link(db, one, other).version == 1


def test_two_processes_that_take_in_one_persons_reports_at_once_propose_their_link_once(
    part_database: Callable[[Part], sa.Engine],
) -> None:
    engine = part_database(Part.REPORTS)
    commands = [accepting(a_content()), accepting(a_content(**THE_SAME_BY_POLICE), institution="police")]
    written = threading.Event()

    def take_in_second() -> None:
        with open_session(engine) as db:
            assert written.wait(30)
            accept_report(db, commands[1])
            db.commit()

    second = threading.Thread(target=take_in_second)
    second.start()
    with open_session(engine) as db:
        accept_report(db, commands[0])
        written.set()
        assert eventually(
            lambda: scalar(engine, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1
        )
        db.commit()
    second.join(30)
    assert rows(engine, "SELECT state, version FROM report_link") == [("proposed", 1)]


def test_the_api_has_words_for_a_pair_that_waits_for_its_second_reviewer(db: Session) -> None:
    child = {"person__born": {"year": 2005}}
    one = a_report(db, consent__share=["police"], **child)
    other = a_report(db, institution="police", consent__share=["mgd"], **{**THE_SAME_BY_POLICE, **child})
    decide_link(db, deciding(a_link(db, one, other), "linked"))
    for institution, report in (("mgd", one), ("police", other)):
        answer = ReportStatus.model_validate(read_status(db, report.reference, institution))
        assert [link.state for link in answer.links] == ["in_review"]


def test_the_responsible_institution_alone_is_told_that_another_may_know_the_person(db: Session) -> None:
    one = a_report(db, consent__share=["ihchr"])
    other = a_report(db, institution="police", **THE_SAME_BY_POLICE)
    known = lambda who: read_status(db, one.reference, who)["is_known_elsewhere"]  # noqa: E731
    assert known("mgd") is False
    decide_link(db, deciding(a_link(db, one, other), "linked"))
    assert (known("mgd"), known("ihchr")) == (True, False)


def test_national_reviewers_find_what_was_decided_without_names_also_once_families_have_agreed(db: Session) -> None:
    one, other = a_report(db), a_report(db, institution="police", **THE_SAME_BY_POLICE)
    link = a_link(db, one, other)
    assert decided_links(db, None) == []
    decide_link(db, deciding(link, "linked"))
    assert links_for_national(db) == []
    (found,) = decided_links(db, None)
    assert (found["link"], found["state"], found["institutions"]) == (
        str(link.id), "linked", [db.get_one(Report, reference).institution for reference in (link.first, link.second)]
    )  # fmt: skip
    assert "names" not in found
    assert found["references"] == [link.first, link.second]  # for the guard of own relatives alone; no page shows them
    assert decided_links(db, "mgd") == decided_links(db, "police") == []

    for report, reader in ((one, "police"), (other, "mgd")):
        report.shared_with = [reader]
        db.add(report)
    db.flush()
    assert [each["link"] for each in decided_links(db, None)] == [str(link.id)]
    assert [each["names"] for each in decided_links(db, "mgd")] == [
        each["names"] for each in decided_links(db, "police")
    ]
    decide_link(db, deciding(link, "undone"))
    assert [each["state"] for each in decided_links(db, None)] == ["undone"]


def test_an_institution_finds_its_own_decided_pairs_newest_first(db: Session) -> None:
    reports = [a_report(db, consent__share=["police"]) for _ in range(3)]
    other = a_report(db, institution="police", **THE_SAME_BY_POLICE)
    links = [a_link(db, report, other) for report in reports]
    for link in links:
        decide_link(db, deciding(link, "rejected"))
    assert [each["link"] for each in decided_links(db, "police")] == [str(link.id) for link in reversed(links)]
    assert decided_links(db, "ihchr") == []
