"""Every page on which a member of staff reads or changes something of one report refuses her own relatives'.

The table below has them all: a page that is in neither of its halves fails a test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import Role
from portal.staff.access import ACCESS
from shared.parts import Part
from shared.references import show_reference
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff import stories
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said, values_of
from tests.service.portal.staff.test_contacts import take_on
from tests.service.portal.staff.test_days import a_day, booked

pytestmark = pytest.mark.usefixtures("courier")

ABOUT_NO_REPORT = {
    "/staff/",
    "/staff/reports/new",  # a report that nobody can have declared
    "/staff/days",
    "/staff/days/sites",
    "/staff/days/sessions",
    "/staff/days/sessions/{session:uuid}/close",
    "/staff/days/sessions/{session:uuid}/consent/{language}",
    "/staff/days/sessions/{session:uuid}/labels.pdf",  # codes alone
    "/staff/days/sites/{site:uuid}/close",
    "/staff/notices",
    "/staff/notices/new",
    "/staff/notices/{notice:uuid}",
    "/staff/notices/{notice:uuid}/{step}",
    "/staff/relations",
    "/staff/figures",
    *(path for path in ACCESS if path.startswith(("/staff/meetings", "/staff/operations", "/staff/styleguide"))),
    *(path for path in ACCESS if path.startswith(("/staff/people", "/staff/keys", "/staff/institutions"))),
}
LOOKS = re.compile(r"refused_own_relative|looked.*|listed_.*|printed_.*|read_.*|answered_call")
"""What may be on record of somebody who was refused: that she tried."""


@dataclass
class World:
    """A report of which everything is known, and a member who opens its pages before she declares it."""

    somebody: Somebody
    database: Callable[[Part], sa.Engine]
    families: Families
    member: Person
    reference: str = ""
    at: dict[str, str] = field(default_factory=dict[str, str])
    """What fills the pages' addresses and fields."""

    def run(self, part: Part, statement: str) -> Any:
        with self.database(part).begin() as db:
            found = db.execute(sa.text(statement), {"r": self.reference})
            return found.scalar() if found.returns_rows else None

    def opened(self, page: Page) -> None:
        """Keep the permit in the address of a page that was opened."""
        assert page.status_code == 200, said(page)
        self.at["permit"] = page.url.path.rpartition("/")[2]


@dataclass(frozen=True)
class Try:
    """A page and what is written into its form; without a form it is opened."""

    path: str
    form: dict[str, str] | None = None
    is_list: bool = False


@dataclass(frozen=True)
class Thing:
    """Something of a report: whose pages show it, what makes it, and the pages."""

    roles: tuple[Role, ...]
    institution: str
    make: Callable[[World], None]
    tries: tuple[Try, ...]


def a_report(world: World, **state: str) -> None:
    world.reference = stories.enter_report(world.somebody(Role.INTAKE), **state)
    world.at["reference"] = world.reference


def a_file(world: World) -> None:
    a_report(world)
    page = world.member.get("/staff/reports")
    found = world.member.submit(page, "/staff/reports", reference=world.reference, reason="I check it")
    world.opened(found)


def an_offer(world: World) -> None:
    a_report(world, consent_share="ihchr")
    giver = world.somebody(Role.INTAKE)
    page = giver.submit(giver.get("/staff/reports"), "/staff/reports", reference=world.reference, reason="I check it")
    giver.submit(page, f"{page.url.path}/hand-over", to="ihchr", hand_over_reason="They live there")
    assert eventually(lambda: values_of(world.member.get("/staff/reports/offered"), "hand_over"))
    world.at["hand_over"] = values_of(world.member.get("/staff/reports/offered"), "hand_over")[0]


def a_link(world: World) -> None:
    a_report(world, consent_share="ihchr")
    other = world.somebody(Role.INTAKE, institution="ihchr")
    stories.enter_report(other, consent_share="mgd", phone="0770 765 4321")
    _first_link(world)


def a_national_link(world: World) -> None:
    a_report(world)
    stories.enter_report(world.somebody(Role.INTAKE, institution="ihchr"), phone="0770 765 4321")
    _first_link(world)
    page = world.member.get("/staff/national-links")
    form = {"link": world.at["link"], "reason": "I decide on the proposal"}
    world.opened(world.member.submit(page, "/staff/national-links", **form))


def _first_link(world: World) -> None:
    asked = "SELECT id FROM report_link WHERE :r IN (first, second)"
    assert eventually(lambda: world.run(Part.REPORTS, asked))
    world.at["link"] = str(world.run(Part.REPORTS, asked))


def a_visit(world: World) -> None:
    a_report(world)
    session = a_day(world.database)
    world.at |= {"session": str(session), "visit": str(booked(world.database, session, world.reference))}


def a_sample(world: World) -> None:
    a_report(world)
    site = stories.open_site(world.database)
    world.at["site"] = str(site)
    staff = world.somebody(Role.SAMPLE_STAFF, institution="mld")
    assert "Done." in said(stories.register_sample(staff, site, "B-000001", world.reference))
    assert eventually(lambda: world.run(Part.MATCHING, "SELECT 1 FROM sample_family WHERE reference = :r"))


def a_match(world: World) -> None:
    a_sample(world)
    stories.hand_in_match(world.somebody(Role.LABORATORY, institution="mld"), "B-000001")
    if Role.MATCH_REVIEWER in world.member.account.roles:
        page = stories.open_review(world.member)
        world.opened(page)
        world.at["item"] = str(world.run(Part.MATCHING, "SELECT id FROM match"))


def a_family(world: World) -> None:
    a_match(world)
    for institution in ("mld", "mgd"):
        reviewer = world.somebody(Role.MATCH_REVIEWER, institution=institution)
        stories.give_opinion(reviewer, stories.open_review(reviewer))
    stories.send_round(world.database)
    page = take_on(world.member)
    (request,) = set(values_of(page, "contact_request"))
    world.at |= {"contact_request": request, "case_manager": str(world.member.account.staff)}
    form = {"contact_request": request, "reason": "I prepare the first talk"}
    world.opened(world.member.submit(page, "/staff/families", **form))


def a_caller(world: World) -> None:
    a_report(world)
    world.opened(stories.verify_caller(world.member, stories.find_caller(world.member, world.reference)))


def a_concern(world: World) -> None:
    a_report(world)
    desk = world.somebody(Role.CALL_DESK)
    page = stories.verify_caller(desk, stories.find_caller(desk, world.reference))
    desk.submit(page, f"{page.url.path}/concern", concern_kind="question", concern_words="سؤال")
    listed = "/staff/desk/concerns"
    assert eventually(lambda: values_of(world.member.get(listed), "concern"))
    page = world.member.get(listed)
    world.at["concern"] = values_of(page, "concern")[0]
    world.run(Part.REPORTS, "UPDATE concern SET risen_at = now() WHERE reference = :r")
    world.opened(world.member.submit(page, listed, concern=world.at["concern"]))


def a_call(world: World) -> None:
    a_report(world)
    world.families.run("INSERT INTO call_request (reference, asked_at) VALUES (:r, now())", r=world.reference)
    world.at["call"] = str(world.families.run("SELECT id FROM call_request")[0].id)


FILE, CALLER, SESSION = (
    "/staff/reports/file/{permit}",
    "/staff/desk/caller/{permit}",
    "/staff/days/sessions/{session:uuid}",
)
ASKED = {"reference": "reference", "reason": "=I check it"}
DECIDED = {"decision": "=linked", "reason": "=The same mother"}
TAKEN = {"day": "=2026-01-02", "clock": "=10:00", "donor_name": "=ريزان خضر", "relation": "=brother"}
SAMPLE = TAKEN | {"specimen": "=blood_card", "biological": "=yes", "barcode": "=B-000002"}
MATCH = {"laboratory_number": "=L-1", "remains_barcode": "=BONE-0001", "donor_barcodes": "=B-000001"}
NUMBERS = {"likelihood_ratio": "=1000", "prior": "=0.001", "posterior": "=0.99999"}
MET = {"day": "=2026-01-02", "clock": "=10:00", "people_met": "=الأخ", "place": "=البيت"}
WISHES = {"by": "=either", "when": "=any_time", "further_remains": "=not_asked", "burial_of_further": "=undecided"}

THINGS = {
    "file": Thing(
        (Role.INTAKE,),
        "mgd",
        a_file,
        (
            Try("/staff/reports", ASKED),
            Try(FILE),
            Try(f"{FILE}/photos/{{photo:uuid}}.jpg"),
            Try(f"{FILE}/status", {"status": "=registered"}),
            Try(f"{FILE}/contact", {"language": "=ckb"}),
            Try(f"{FILE}/contact", {"phone": "=0770 111 2222", "how_verified": "=document", "phone_verified": "=yes"}),
            Try(f"{FILE}/consent", {"purpose": "=publish", "is_given": "=yes"}),
            Try(f"{FILE}/withdraw", {"sure": "=yes"}),
            Try(f"{FILE}/hand-over", {"to": "=ihchr", "hand_over_reason": "=They live there"}),
            Try(f"{FILE}/hand-over/agreed", {"agrees": "=yes", "hand_over_read_aloud": "=yes"}),
            Try(f"{FILE}/hand-over/end", {}),
        ),
    ),
    "take-over": Thing(
        (Role.COORDINATOR,),
        "mgd",
        a_report,
        (Try("/staff/reports/take-over", {"reference": "reference", "to": "=ihchr", "why": "=It is closed"}),),
    ),
    "offer": Thing(
        (Role.INTAKE,),
        "ihchr",
        an_offer,
        (
            Try("/staff/reports/offered", is_list=True),
            Try("/staff/reports/offered", {"hand_over": "hand_over", "accepts": "=yes"}),
        ),
    ),
    "link": Thing(
        (Role.LINK_REVIEWER,),
        "mgd",
        a_link,
        (
            Try("/staff/links", is_list=True),
            Try("/staff/links/{link:uuid}"),
            Try("/staff/links/{link:uuid}", DECIDED),
        ),
    ),
    "national link": Thing(
        (Role.NATIONAL_LINK_REVIEWER,),
        "mgd",
        a_national_link,
        (
            Try("/staff/national-links", is_list=True),
            Try("/staff/national-links", {"link": "link", "reason": "=I decide"}),
            Try("/staff/national-links/{permit}"),
            Try("/staff/national-links/{permit}", DECIDED),
        ),
    ),
    "visit": Thing(
        (Role.SAMPLE_STAFF,),
        "mld",
        a_visit,
        (
            Try(SESSION, is_list=True),
            Try(f"{SESSION}/list", is_list=True),
            Try(f"{SESSION}/check-in", {"scan": "reference"}),
            Try(f"{SESSION}/check-in", {"scan": "visit"}),
            Try(f"{SESSION}/walk-in", {"reference": "reference", "walk_ins": "=1"}),
            Try(f"{SESSION}/enter", is_list=True),
            Try(f"{SESSION}/enter", SAMPLE | {"reference": "reference", "sheet_barcode": "=B-000002"}),
        ),
    ),
    "sample": Thing(
        (Role.SAMPLE_STAFF, Role.LABORATORY),
        "mld",
        a_sample,
        (
            Try("/staff/samples", {"find": "=B-000001", "only_find": "=yes"}),
            Try("/staff/samples", SAMPLE | {"references": "reference", "site": "site"}),
            Try(
                "/staff/samples/custody",
                {"barcode": "=B-000001", "step": "=destroyed", "holder": "=laboratory"} | TAKEN,
            ),
            Try(
                "/staff/laboratory",
                {"kind": "=result", "laboratory_number": "=L-1", "barcode": "=B-000001", "quality": "=ok"},
            ),
            Try("/staff/laboratory", {"kind": "=match"} | MATCH | NUMBERS),
        ),
    ),
    "match": Thing(
        (Role.MATCH_REVIEWER,),
        "mgd",
        a_match,
        (
            Try("/staff/matches", is_list=True),
            Try("/staff/matches", {"item": "item", "reason": "=I look"}),
            Try("/staff/matches/{permit}"),
            Try("/staff/matches/{permit}", {"decision": "=confirm", "opinion": "=I compared"}),
        ),
    ),
    "family": Thing(
        (Role.CASE_MANAGER,),
        "mgd",
        a_family,
        (
            Try("/staff/families", is_list=True),
            Try("/staff/families", {"contact_request": "contact_request", "reason": "=I prepare"}),
            Try("/staff/families/{permit}"),
            Try("/staff/families/{contact_request:uuid}/assign", {"case_manager": "case_manager"}),
            Try("/staff/families/{contact_request:uuid}/meeting"),
            Try("/staff/families/{contact_request:uuid}/meeting", MET),
        ),
    ),
    "caller": Thing(
        (Role.CALL_DESK,),
        "mgd",
        a_caller,
        (
            Try("/staff/desk", ASKED),
            Try(CALLER),
            Try(f"{CALLER}/verified", {"checks": "=person", "more": "=mother"}),
            Try(f"{CALLER}/pin", {}),
            Try(f"{CALLER}/phone", {"phone": "=0770 111 2222", "phone_verified": "=yes"}),
            Try(f"{CALLER}/contact", {}),
            Try(f"{CALLER}/wishes", WISHES),
            Try(f"{CALLER}/second", {"second_phone": "=0770 111 2222", "second_verified": "=yes"}),
            Try(f"{CALLER}/concern", {"concern_kind": "=question", "concern_words": "=سؤال"}),
        ),
    ),
    "concern": Thing(
        (Role.CALL_DESK, Role.COORDINATOR),
        "mgd",
        a_concern,
        (
            Try("/staff/desk/concerns", is_list=True),
            Try("/staff/concerns-late", is_list=True),
            Try("/staff/samples-without-report", is_list=True),
            Try("/staff/desk/concerns", {"concern": "concern"}),
            Try("/staff/desk/concerns/{permit}"),
            Try("/staff/desk/concerns/{permit}", {"answer": "=غداً", "is_fit": "=yes"}),
        ),
    ),
    "call-back": Thing(
        (Role.CALL_DESK,),
        "mgd",
        a_call,
        (Try("/staff/desk/call-backs", is_list=True), Try("/staff/desk/call-backs/{call:row}", {})),
    ),
    "reply": Thing(
        (Role.OUTREACH,),
        "mgd",
        a_report,
        (Try("/staff/notices/{notice:uuid}/reply", {"reference": "reference", "answer": "=yes", "people": "=1"}),),
    ),
    "trail": Thing(
        (Role.AUDITOR,),
        "mgd",
        a_report,
        (
            Try("/staff/audit", is_list=True),
            Try("/staff/audit", {"subject": "reference"}, is_list=True),
            Try("/staff/audit/verify", {}, is_list=True),
        ),
    ),
}


def test_every_page_is_in_one_half_of_the_table() -> None:
    tried = {each.path for thing in THINGS.values() for each in thing.tries}
    assert tried | ABOUT_NO_REPORT == set(ACCESS)
    assert not tried & ABOUT_NO_REPORT


@pytest.mark.parametrize("name", THINGS)
def test_an_own_relatives_report_is_neither_shown_nor_changed(
    name: str, somebody: Somebody, part_database: Callable[[Part], sa.Engine], families: Families
) -> None:
    thing = THINGS[name]
    world = World(somebody, part_database, families, somebody(*thing.roles, institution=thing.institution))
    thing.make(world)
    member, staff = world.member, world.member.account.staff
    page = member.get("/staff/relations")
    assert "is declared" in said(member.submit(page, "/staff/relations", reference=world.reference))
    before = families.run("SELECT coalesce(max(id), 0) AS id FROM audit_entry")[0].id

    assert list(wrong_answers(world, thing)) == []
    rows = families.run("SELECT action FROM audit_entry WHERE actor = :staff AND id > :id", staff=staff, id=before)
    assert [row.action for row in rows if not LOOKS.fullmatch(row.action)] in ([], ["verified_audit"])
    refused = sum(row.action == "refused_own_relative" for row in rows)
    assert refused >= sum(not each.is_list for each in thing.tries), "each try is on record"


def wrong_answers(world: World, thing: Thing) -> Iterator[str]:
    """The pages that let a member through, or showed something."""
    start = world.member.get("/staff/relations")
    for each in thing.tries:
        path = filled(each.path, world.at)
        if each.form is None:
            page = world.member.get(path)
        else:
            written = {key: value[1:] if value[:1] == "=" else world.at[value] for key, value in each.form.items()}
            page = world.member.submit(start, path, **written)
        shown = [word for word in told_by(world, each) if word in page.text]
        expected = {200} if each.is_list else {404, 422}
        if page.status_code not in expected or shown:
            yield f"{each.path} {each.form}: {page.status_code}, {shown}: {said(page)[:300]}"


def told_by(world: World, tried: Try) -> set[str]:
    """What a page must not bear: the name, the reference where the form did not bring it, and ids of what is hers."""
    ids = {world.at[name] for name in ("link", "item", "concern", "visit", "hand_over") if name in world.at}
    if tried.form:
        return {"سالم"}
    return {"سالم", world.reference, show_reference(world.reference)} | (ids if tried.is_list else set())


def filled(path: str, at: dict[str, str]) -> str:
    """An address with what the world knows, and a random id where it knows nothing."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda named: at.get(named[1]) or str(uuid4()), path)


def test_a_colleague_who_is_a_relative_is_not_given_the_family(
    somebody: Somebody, part_database: Callable[[Part], sa.Engine], families: Families
) -> None:
    relative = somebody(Role.CASE_MANAGER)
    world = World(somebody, part_database, families, somebody(Role.CASE_MANAGER))
    a_family(world)
    relative.submit(relative.get("/staff/relations"), "/staff/relations", reference=world.reference)
    page = world.member.get("/staff/families")
    path = f"/staff/families/{world.at['contact_request']}/assign"
    answer = world.member.submit(page, path, case_manager=str(relative.account.staff))
    assert (answer.status_code, "Please choose another." in said(answer)) == (422, True)


def test_a_family_whose_contact_person_declares_it_waits_for_another_one(
    somebody: Somebody, part_database: Callable[[Part], sa.Engine], families: Families
) -> None:
    world = World(somebody, part_database, families, somebody(Role.CASE_MANAGER))
    a_family(world)
    page = world.member.get("/staff/relations")
    world.member.submit(page, "/staff/relations", reference=world.reference)
    colleague = somebody(Role.CASE_MANAGER)
    assert world.at["contact_request"] in set(values_of(take_on(colleague), "contact_request"))
    assert "Nobody waits." in said(colleague.get("/staff/families"))


def test_a_file_leaves_out_a_proposed_link_to_a_relatives_and_is_refused_once_it_is_the_same_person(
    somebody: Somebody, part_database: Callable[[Part], sa.Engine], families: Families
) -> None:
    world = World(somebody, part_database, families, somebody(Role.INTAKE))
    a_report(world, consent_share="ihchr")
    other = stories.enter_report(somebody(Role.INTAKE, institution="ihchr"), consent_share="mgd", phone="0770 765 4321")
    _first_link(world)
    colleague = somebody(Role.INTAKE)
    assert show_reference(world.reference) in said(open_file(colleague, other))
    world.member.submit(world.member.get("/staff/relations"), "/staff/relations", reference=world.reference)
    page = open_file(world.member, other)
    assert (page.status_code, show_reference(world.reference) in said(page)) == (200, False)

    reviewer, address = somebody(Role.LINK_REVIEWER), f"/staff/links/{world.at['link']}"
    reviewer.submit(reviewer.get(address), address, decision="linked", reason="The same mother")
    assert eventually(
        lambda: world.run(Part.REPORTS, "SELECT state FROM report_link WHERE :r IN (first, second)") == "linked"
    )
    assert open_file(world.member, other).status_code == 422
    assert open_file(colleague, other).status_code == 200


def open_file(person: Person, reference: str) -> Page:
    page = person.get("/staff/reports")
    return person.submit(page, "/staff/reports", reference=reference, reason="I check it")
