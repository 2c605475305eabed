"""Police and the Mass Graves Directorate report one man, and neither family has let the other institution read.

A proposal, which only national reviewers see; both institutions are told that another may know him, and no more; each
family is asked; each yes opens one report; a decision that is taken back and a yes that is taken back close it again.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from shared.references import new_reference, show_reference
from tests.system.family import enter_by_code
from tests.system.institution import Institution, a_report
from tests.system.pages.reading import Reading
from tests.system.pages.taking import ALIKE, route_of
from tests.system.phone import Phone
from tests.system.staff import StaffMember, a_new_colleague
from tests.system.visitor import Visitor
from tests.system.whole import System
from tests.waiting import eventually

Staff = Callable[[str], StaffMember]
PATIENCE_S = 30
KNOWN_ELSEWHERE = "Another institution may know this person."
LOOK, SECOND, TAKE_BACK = "I decide on the proposal", "I give the second decision", "A decision is to be taken back"

BORN = {"born": {"year": 1984, "month": 3, "day": 9}, "sex": "male"}
EVENT = {"code": "MOSUL_2016_17", "governorate": "IQ-NI", "date": {"year": 2017, "month": 3}}
SAID_TO_MGD = {
    "name": "غضنفر رعد صالح العبيدي",
    "mother": "خولة إسماعيل",
    "place": "حي الزنجيلي",
    "circumstances": "خرج إلى الفرن ولم يعد",
    "reporter": "باسم رعد صالح",
}
SAID_TO_POLICE = {
    "name": "Ghadanfar Raad Salih Al-Obaidi",
    "mother": "Khawla Ismail",
    "place": "Wadi Hajar",
    "circumstances": "He went out for bread",
    "reporter": "Ibtisam Raad",
}


@dataclass
class Side:
    """An institution with a family, its report and phone, and everybody who works there."""

    name: str
    api: Institution
    desk: Visitor
    """Who opens files."""
    people: list[Visitor]
    phone: Phone
    said: dict[str, str]
    reference: str = ""
    imported: str = ""
    """A file of reports that the institution handed in."""
    family: Visitor | None = field(default=None)

    def content(self, **person: object) -> dict[str, object]:
        """The report, under which nothing is shared."""
        return a_report(
            self.said["name"],
            person={"mother": self.said["mother"], **BORN, **person},
            event={**EVENT, "place": self.said["place"], "circumstances": self.said["circumstances"]},
            reporter={
                "name": self.said["reporter"], "relation": "brother", "language": "en",
                "phone": self.phone.number, "phone_verified": True,
            },
            consent={"keep": True, "share": [], "contact": ["sms"]},
        )  # fmt: skip

    def report(self, **person: object) -> str:
        """Report him. Returns the reference."""
        return self.api.report(self.content(**person))

    def import_another(self) -> str:
        """Hand in a file with one more report. Returns the import's id."""
        said = {"name": f"{self.said['mother']} {uuid4().hex[:8]}", "place": self.said["place"], "consent_keep": "yes"}
        answer = self.api.import_csv(f"{','.join(said)}\n{','.join(said.values())}\n")
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    @property
    def marks(self) -> list[str]:
        """What must not be in any answer to another."""
        number = self.phone.number
        return [
            *self.said.values(), self.said["name"].split()[0],
            self.reference, show_reference(self.reference), number, f"0{number[4:]}", number[4:],
        ]  # fmt: skip

    def file(self, reference: str) -> Visitor:
        """The desk, before the page of a file, or before what it got instead."""
        return self.desk.go("/staff/reports").send("/staff/reports", reference=reference, reason="A question")

    def status(self, reference: str) -> dict[str, object]:
        """A report as the API answers."""
        return self.api.get(f"/reports/{reference}").json()

    def events(self) -> list[dict[str, object]]:
        """All that the feed has for this institution."""
        found: list[dict[str, object]] = []
        answer = self.api.get("/events", limit=500).json()
        while answer["events"]:
            found += answer["events"]
            answer = self.api.get("/events", limit=500, after=answer["cursor"]).json()
        return found

    def at_its_page(self, system: System) -> Visitor:
        """The family, before its page."""
        if self.family is None:
            self.family = enter_by_code(system.url, self.reference, self.phone)
        return self.family.go("/en/status")


@dataclass
class Pair:
    """The two sides, and the proposal as the national reviewers find it."""

    system: System
    mgd: Side
    police: Side
    national: Callable[[str], Visitor]
    link: str = ""

    @property
    def sides(self) -> list[tuple[Side, Side]]:
        """Each side, with the other."""
        return [(self.mgd, self.police), (self.police, self.mgd)]

    def proposed(self, one: str, other: str) -> str:
        """The proposal for two reports, looked for by opening what the national list has of these institutions."""
        reviewer = self.national("nationallinks")
        tried = set[str]()

        def look() -> str | None:
            for link in _links_listed(reviewer.go("/staff/national-links")):
                if link not in tried:
                    tried.add(link)
                    opened = self.opened("nationallinks", link).text
                    if show_reference(one) in opened and show_reference(other) in opened:
                        return link
            return None

        return eventually(look, PATIENCE_S, "the proposal") or ""

    def opened(self, who: str, link: str, reason: str = LOOK) -> Visitor:
        """A national reviewer, before the pair."""
        reviewer = self.national(who).go("/staff/national-links")
        return reviewer.send("/staff/national-links", about=link, reason=reason)

    def decide(self, who: str, link: str, decision: str, reason: str = LOOK) -> Visitor:
        """A national reviewer decides."""
        reviewer = self.opened(who, link, reason)
        return reviewer.send(reviewer.path, decision=decision, reason="Name, mother and birth agree.")


def _links_listed(visitor: Visitor) -> list[str]:
    return [form.hidden["link"] for form in Reading(visitor.text).forms if "link" in form.hidden]


@pytest.fixture(scope="module")
def pair(
    system: System, institution: Callable[[str], Institution], staff: Staff, new_phone: Callable[[], Phone]
) -> Pair:
    """Both have reported one man; the record has proposed the link."""
    of_mgd = ("intake", "links", "manager", "desk", "investigator", "outreach", "reviewer2", "admin")
    roles = ("link_reviewer", "case_manager", "call_desk", "investigator", "outreach", "institution_admin")
    all_rounder = a_new_colleague(system, "police", *roles)
    people = [staff(name) for name in of_mgd]
    mgd = Side("mgd", institution("mgd"), staff("intake"), list(people), new_phone(), SAID_TO_MGD)
    officers = [staff("police"), all_rounder]
    police = Side("police", institution("police"), officers[0], officers, new_phone(), SAID_TO_POLICE)
    for side in (mgd, police):
        side.reference = side.report()
        side.imported = side.import_another()
        side.phone.next_text(0, PATIENCE_S)
    pair = Pair(system, mgd, police, staff)
    pair.link = pair.proposed(mgd.reference, police.reference)
    return pair


def everything_at_the_console(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """Every page and file that links lead to from the first page: where it is, and its source."""
    waiting, seen = ["/staff/"], dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if path in seen or seen.get(route, 0) >= ALIKE:
            continue
        seen[path] = 1
        seen[route] = seen.get(route, 0) + 1
        page = visitor.go(path).page
        yield path, page.content.decode("utf-8", "replace")
        if page.headers.get("content-type", "").startswith("text/html"):
            links = [urlsplit(link) for link in Reading(page.text).links]
            waiting += [link.path for link in links if link.path.startswith("/staff/") and "log-out" not in link.path]


def everything_at_the_api(side: Side) -> Iterator[tuple[str, str]]:
    """Every answer that an institution's key gets without asking for another's by name."""
    paths = (f"/reports/{side.reference}", f"/imports/{side.imported}", "/sites", "/sessions", "/statistics")
    answers: list[tuple[str, object]] = [(path, side.api.get(path).json()) for path in paths]
    person = {"names": [{"raw": side.said["name"]}], "mother": side.said["mother"], **BORN}
    found = side.api.post("/reports/search", {"person": person, "event": EVENT})
    answers += [("/reports/search", found.json()), ("/events", side.events())]
    yield from ((path, json.dumps(answer, ensure_ascii=False)) for path, answer in answers)


def shown(marks: Iterable[str], pages: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where a mark is shown."""
    return [(where, mark) for where, text in pages for mark in marks if mark in text]


def without(text: str, *references: str) -> str:
    """A page or answer without the references that were asked for, and what differs from one showing to the next."""
    for reference in references:
        text = text.replace(show_reference(reference), "REF").replace(reference, "REF")
    text = re.sub(r'(name="(?:csrf|request_id)" value=")[^"]*', r"\1", text)
    return re.sub(r'"instance":\s*"[^"]*"', "", text)


def assert_closed(side: Side, other: Side) -> None:
    """Nothing of the other's report comes to a side, whatever it opens and asks for."""
    answers = list(everything_at_the_api(side))
    assert shown([side.reference], answers), "the walk sees what it may see"
    assert shown(other.marks, answers) == []
    for member in side.people:
        assert shown(other.marks, everything_at_the_console(member)) == []
    assert other.reference not in {event["reference"] for event in side.events()}
    theirs = {"person": {"names": [{"raw": other.said["name"]}], "mother": other.said["mother"], **BORN}}
    found = side.api.post("/reports/search", theirs).json()["results"]
    assert other.reference not in {result["reference"] for result in found}
    jobs = [side.api.get(f"/imports/{job}") for job in (other.imported, uuid4())]
    assert [answer.status_code for answer in jobs] == [404, 404]
    unknown = new_reference()
    in_vain = [side.api.get(f"/reports/{reference}") for reference in (other.reference, unknown)]
    assert [answer.status_code for answer in in_vain] == [404, 404]
    assert without(in_vain[0].text, other.reference) == without(in_vain[1].text, unknown)
    pages = [without(side.file(reference).text, reference) for reference in (other.reference, unknown)]
    assert pages[0] == pages[1]


def reads(side: Side, other: Side) -> bool:
    """Whether a side reads the other's report at the API."""
    return side.api.get(f"/reports/{other.reference}").status_code == 200


# Before anybody has decided


def test_neither_side_sees_anything_of_the_other(pair: Pair) -> None:
    for side, other in pair.sides:
        assert_closed(side, other)
        assert side.status(side.reference)["links"] == []
        assert side.status(side.reference)["is_known_elsewhere"] is False
        assert KNOWN_ELSEWHERE not in side.file(side.reference).text


def test_an_ordinary_link_reviewer_does_not_see_the_proposal(pair: Pair) -> None:
    for side, _ in pair.sides:
        reviewers = [each for each in side.people if each.go("/staff/links").page.status_code == 200]
        assert reviewers
        for reviewer in reviewers:
            assert pair.link not in reviewer.text
            answers = [reviewer.go(f"/staff/links/{link}").page for link in (pair.link, uuid4())]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert without(answers[0].text) == without(answers[1].text)


def test_the_national_list_names_nobody_and_a_pair_is_opened_with_a_reason(pair: Pair) -> None:
    reviewer = pair.national("nationallinks").go("/staff/national-links")
    marks = [mark for side, _ in pair.sides for mark in side.marks]
    assert shown(marks, [("the list", reviewer.text)]) == []
    assert "score 1.00" in reviewer.text

    reviewer.send("/staff/national-links", about=pair.link, reason="")
    assert reviewer.page.status_code == 422
    assert shown(marks, [("the list", reviewer.text)]) == []

    opened = pair.opened("nationallinks2", pair.link).text
    assert all(side.said["name"] in opened and show_reference(side.reference) in opened for side, _ in pair.sides)
    assert all(side.phone.number[4:] not in opened for side, _ in pair.sides)


def test_who_opened_the_pair_and_why_is_on_record(pair: Pair, staff: Staff) -> None:
    auditor = staff("auditor").go("/staff/audit").send("/staff/audit", subject=pair.link)

    assert "looked at link" in auditor.text
    assert LOOK in auditor.text


# Decided


@pytest.fixture(scope="module")
def linked(pair: Pair) -> Pair:
    """One national reviewer has linked them: he was grown up, and the reports agree."""
    pair.decide("nationallinks", pair.link, "linked")
    for side, _ in pair.sides:
        eventually(lambda s=side: s.status(s.reference)["is_known_elsewhere"], PATIENCE_S, "the institution to be told")
    return pair


def test_each_institution_learns_that_another_may_know_him_and_nothing_else(linked: Pair) -> None:
    for side, other in linked.sides:
        assert KNOWN_ELSEWHERE in side.file(side.reference).text
        assert side.reference in {event["reference"] for event in side.events() if event["version"] != 1}
        assert side.status(side.reference)["links"] == []
        assert_closed(side, other)


def test_each_family_is_asked_in_neutral_words(linked: Pair) -> None:
    for side, other in linked.sides:
        eventually(lambda s=side: len(s.phone.texts()) >= 2, PATIENCE_S, "the text that something waits")
        page = side.at_its_page(linked.system).text
        name = "Police" if other.name == "police" else "Mass Graves Directorate"
        assert f"{name} may be able to help in the search. May it read your report?" in page
        about_a_link = re.compile("link|match|same person|reported (twice|by)", re.I)
        pages = [("the page", page), *(("a text", text) for text in side.phone.texts())]
        assert shown(other.marks, pages) == []
        assert not any(about_a_link.search(text) for text in side.phone.texts())
        assert not about_a_link.search(re.sub(r"<link[^>]*>", "", page))


# The families answer


@pytest.fixture(scope="module")
def half(linked: Pair) -> Pair:
    """The family that reported to the police has said yes."""
    linked.police.at_its_page(linked.system).send("status/questions", about="share:mgd", answer="yes")
    eventually(lambda: reads(linked.mgd, linked.police), PATIENCE_S, "the report to be open")
    return linked


def test_one_yes_opens_one_report(half: Pair) -> None:
    assert half.police.said["name"] in half.mgd.file(half.police.reference).text
    assert_closed(half.police, half.mgd)
    assert half.police.status(half.police.reference)["is_known_elsewhere"] is True


@pytest.fixture(scope="module")
def shared(half: Pair) -> Pair:
    """Both have."""
    half.mgd.at_its_page(half.system).send("status/questions", about="share:police", answer="yes")
    eventually(lambda: reads(half.police, half.mgd), PATIENCE_S, "the report to be open")
    return half


def test_both_read_the_others_report_but_not_its_family_s_number(shared: Pair) -> None:
    for side, other in shared.sides:
        links = side.status(side.reference)["links"]
        assert [(link["reference"], link["state"]) for link in links] == [(other.reference, "linked")]  # type: ignore[index,union-attr]
        page = side.file(other.reference).text
        assert all(other.said[what] in page for what in ("name", "mother", "place", "circumstances"))
        assert other.phone.number[4:] not in re.sub(r"\s", "", page)
        theirs = {"person": {"names": [{"raw": other.said["name"]}], **BORN}}
        found = side.api.post("/reports/search", theirs).json()["results"]
        assert other.reference in {result["reference"] for result in found}
        eventually(
            lambda s=side, o=other: o.reference in {event["reference"] for event in s.events()}, PATIENCE_S, "the feed"
        )


def test_to_read_is_not_to_change(shared: Pair) -> None:
    page = shared.mgd.file(shared.police.reference)

    assert not [form.action for form in page.forms() if "/reports/file/" in form.action]


# Taken back


@pytest.fixture(scope="module")
def undone(shared: Pair) -> Pair:
    """A national reviewer has taken the decision back."""
    shared.decide("nationallinks2", shared.link, "undone", TAKE_BACK)
    for side, _ in shared.sides:
        eventually(
            lambda s=side: [link["state"] for link in s.status(s.reference)["links"]] == ["undone"],  # type: ignore[index,union-attr]
            PATIENCE_S,
            "the link to be taken back",
        )
    return shared


def test_a_decision_is_taken_back_by_a_national_reviewer_and_stays_on_record(undone: Pair) -> None:
    page = undone.opened("nationallinks", undone.link, TAKE_BACK).text

    assert re.findall(r"<li><strong>([^<]+)</strong>", page) == ["The same person", "Taken back"]
    assert all(KNOWN_ELSEWHERE not in side.file(side.reference).text for side, _ in undone.sides)


def test_a_yes_that_is_taken_back_closes_the_report_again(undone: Pair) -> None:
    for side, other in undone.sides:
        other.at_its_page(undone.system).go("/en/status/consents").send("status/consents", consent=["contact:sms"])
        eventually(lambda s=side, o=other: not reads(s, o), PATIENCE_S, "the report to be closed")
    eventually(undone.system.at_rest, PATIENCE_S, "all to come to rest")
    for side, other in undone.sides:
        assert_closed(side, other)


# Where lives depend on it


def test_of_a_child_two_national_reviewers_decide_neither_knowing_what_the_other_did(
    pair: Pair, new_phone: Callable[[], Phone]
) -> None:
    names = {"mgd": "ضرغام نوفل جاسم الحديدي", "police": "Dhirgham Nawfal Jasim Al-Hadidi"}
    sides: list[tuple[Side, str]] = []
    for side, _ in pair.sides:
        own = replace(side, phone=new_phone(), said=side.said | {"name": names[side.name]})
        sides.append((own, own.report(born={"year": 2006, "month": 5, "day": 2})))
    link = pair.proposed(*(reference for _, reference in sides))
    first = pair.decide("nationallinks", link, "linked")
    assert "One of them was or is a child." in first.text
    eventually(lambda: "waits for a second person" in first.go("/staff/national-links").text, PATIENCE_S, "the first")
    assert "You have decided" in pair.opened("nationallinks", link).text

    second = pair.opened("nationallinks2", link, SECOND)
    assert "Decisions so far" not in second.text
    for side, reference in sides:
        assert side.status(reference)["is_known_elsewhere"] is False
    second.send(second.path, decision="linked", reason="The same child.")
    for side, reference in sides:
        eventually(lambda s=side, r=reference: s.status(r)["is_known_elsewhere"], PATIENCE_S, "the second decision")
