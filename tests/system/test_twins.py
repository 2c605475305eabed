"""Two families whose files went the same way: one is asked to call because of a match, the other by plan.

Nothing that anybody else can see tells them apart, until a contact person has met the one."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from infra.demo.places import demo_id
from portal.staff import words
from shared.parts import Part, Process
from shared.phones import mask_phone
from shared.references import show_reference
from tests.system.family import Case, enter_by_pin, without_tokens
from tests.system.institution import Institution, a_report
from tests.system.phone import Phone
from tests.system.staff import StaffMember
from tests.system.whole import System
from tests.waiting import eventually

Staff = Callable[[str], StaffMember]
Bodies = Callable[[str], Institution]
INVITATION_S = 60
TELLING = re.compile(r"match(?!ing|_reviewer)|grave|routine|occasion|posterior|remains|confirm(?!_phone|ed)", re.I)


@dataclass(frozen=True)
class Twin:
    """A family with its report, its phone and its PIN."""

    reference: str
    phone: Phone
    barcode: str
    pin: str


@dataclass(frozen=True)
class Twins:
    """The one with a match, the other with a routine contact, and a relative of the first with a report of his own."""

    matched: Twin
    routine: Twin
    relative: str


class Story:
    """What the people around the two families do."""

    def __init__(self, system: System, institution: Bodies, staff: Staff) -> None:
        self.system, self.mgd, self.staff = system, institution("mgd"), staff
        self.laboratory = institution("mld")

    def twin(self, phone: Phone, name: str) -> Twin:
        """A family that reported, got a PIN and gave a sample, which is usable."""
        reference = self.mgd.report(a_report(name, phone.number, person={"mother": "بلقيس عبد الأمير"}))
        phone.next_text(0, 20)
        return Twin(reference, phone, self.sample(reference), self.pin(reference))

    def sample(self, reference: str) -> str:
        """A mother's sample is taken, and found usable by the laboratory. Returns its barcode."""
        barcode, yesterday = f"SILA-{uuid4().hex[:10].upper()}", datetime.now(UTC) - timedelta(days=1)
        taken = {"day": f"{yesterday:%Y-%m-%d}", "clock": "10:00", "site": demo_id("site:mosul")}
        donor = {"donor_name": "حسنة", "relation": "mother", "biological": "yes", "references": reference}
        form = {"barcode": barcode, "specimen": "blood_card", **taken, **donor}
        self.desk("samples", "/staff/samples").send("/staff/samples", **form)
        in_state = "SELECT count(*) FROM sample WHERE barcode = %s AND state = %s"
        known = lambda state: self.system.count(Part.MATCHING, in_state, barcode, state) == 1  # noqa: E731
        eventually(lambda: known("collected"), 20, "the sample to be known to matching")
        self.hand_in(kind="result", barcode=barcode, quality="ok", loci=21)
        eventually(lambda: known("usable"), 20, "the sample to be usable")
        return barcode

    def hand_in(self, **report: object) -> str:
        """The laboratory hands in a report. Returns its id."""
        answer = self.laboratory.post("/laboratory-reports", {"laboratory_number": uuid4().hex[:8], **report})
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def desk(self, who: str, path: str) -> StaffMember:
        """A member of staff before a page."""
        return self.staff(who).go(path)

    def caller(self, reference: str) -> StaffMember:
        """The call desk, before the page of a caller who proved to be the family."""
        desk = self.desk("desk", "/staff/desk").send("/staff/desk", reference=reference, reason="The family calls")
        return desk.send("/verified", checks=["person", "mother"])

    def pin(self, reference: str) -> str:
        """A PIN that the desk reads out."""
        found = re.search(r'class="big" dir="ltr">(\d{6})<', self.caller(reference).send("/pin").text)
        assert found
        return found[1]

    def confirm(self, item: str, who: str) -> StaffMember:
        """A reviewer confirms a match report."""
        reviewer = self.staff(who)
        eventually(lambda: item in reviewer.go("/staff/matches").text, 20, "the report to be on the list")
        reviewer.send("/staff/matches", about=item, reason="I give an opinion")
        return reviewer.send(reviewer.path, decision="confirm", opinion="Statistics and custody are in order.")

    def contact_request(self, reference: str) -> str:
        """A family's open request, at the case manager's page, taken on by the case manager."""
        manager = self.desk("manager", "/staff/families")
        before, _, _ = manager.text.partition("/assign")
        rows = [r for r in manager.text.split("<tr>") if show_reference(reference) in r and "/assign" in r]
        assert rows, before[-500:]
        action = re.search(r"/staff/families/([0-9a-f-]{36})/assign", rows[0])
        option = re.search(r'<option value="([0-9a-f-]{36})" selected', rows[0])
        assert action
        assert option
        manager.send(action[0], case_manager=option[1])
        return action[1]

    def meet(self, contact_request: str) -> None:
        """The case manager has met a family."""
        page, today = f"/staff/families/{contact_request}/meeting", datetime.now(UTC) - timedelta(hours=5)
        met = {"day": f"{today:%Y-%m-%d}", "clock": f"{today:%H:%M}", "people_met": "mother"}
        self.desk("manager", page).send(page, **met, support_present="yes")


@pytest.fixture(scope="module")
def story(system: System, institution: Bodies, staff: Staff) -> Story:
    """The people around the families."""
    return Story(system, institution, staff)


@pytest.fixture(scope="module")
def twins(story: Story, institution: Bodies, new_phone: Callable[..., Phone]) -> Twins:
    """Both families, asked to get in touch: one after two reviewers confirmed a match, the other by the desk's plan.

    One phone ends like the year, which the pages show too: whatever leaves a number out must leave the year in.
    """
    like_the_year, otherwise = f"{datetime.now(UTC):%y}", "07"
    matched = story.twin(new_phone(like_the_year), "وليد كامل جبار")
    routine = story.twin(new_phone(otherwise), "رائد فاضل مزهر")
    relative = institution("ihchr").report(a_report("Walid Kamil Jabbar", new_phone().number, language="en"))
    match = {"remains_barcode": f"REM-{uuid4().hex[:8].upper()}", "donor_barcodes": [matched.barcode]}
    signed = {"signed_by": "Dr. Huda", "signed_at": datetime.now(UTC).isoformat(), "posterior": 0.99999}
    item = story.hand_in(kind="match", relation_tested="son", **match, **signed)
    story.confirm(item, "reviewer")
    assert words.refusal("review", "same_reviewer") in story.confirm(item, "reviewer").text
    story.confirm(item, "reviewer2")
    story.caller(routine.reference).send("/contact")
    for twin in (matched, routine):
        eventually(lambda t=twin: is_asked(story, t), INVITATION_S, "the family to be asked to get in touch")
        eventually(lambda t=twin: len(t.phone.texts()) >= 2, 20, "the invitation to arrive")
    return Twins(matched, routine, relative)


def is_asked(story: Story, twin: Twin) -> bool:
    """Whether a family is asked to get in touch."""
    return story.mgd.get(f"/reports/{twin.reference}").json()["status"] == "please_contact_us"


def masked(text: str, twin: Twin) -> str:
    """A text or page without the reference, the phone as it is shown, and moments."""
    text = text.replace(show_reference(twin.reference), "REF").replace(twin.reference, "REF")
    text = text.replace(mask_phone(twin.phone.number), "PHONE")
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+Z]+", "AT", text)


def test_every_text_is_the_same(twins: Twins) -> None:
    one, other = ([masked(text, t) for text in t.phone.texts()] for t in (twins.matched, twins.routine))
    assert one == other
    assert masked(twins.matched.phone.ask("STATUS"), twins.matched) == masked(
        twins.routine.phone.ask("STATUS"), twins.routine
    )


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_every_page_is_the_same(system: System, twins: Twins, lang: str) -> None:
    pages: list[list[str]] = []
    for twin in (twins.matched, twins.routine):
        family = Case(twin.reference, twin.phone, twin.pin, "please_contact_us", lang)
        visitor = enter_by_pin(system.url, family, lang)
        seen = [visitor.go(f"/{lang}/{path}").text for path in ("status", "status/preferences", "samples", "meetings")]
        pages.append([masked(without_tokens(page), twin) for page in seen])

    assert pages[0] == pages[1]


def test_every_call_sounds_the_same(twins: Twins) -> None:
    one, other = (t.phone.call().press("1").press(t.reference).press(t.pin) for t in (twins.matched, twins.routine))

    assert one.heard == other.heard


def test_the_api_and_its_feed_tell_the_same(story: Story, twins: Twins) -> None:
    answers: list[str] = []
    for twin in (twins.matched, twins.routine):
        status = story.mgd.get(f"/reports/{twin.reference}").json() | {"links": []}
        answers.append(masked(json.dumps([status, changes_of(story.mgd, twin.reference)]), twin))

    assert answers[0] == answers[1]


def changes_of(institution: Institution, reference: str) -> list[dict[str, object]]:
    """What the feed has told of a report."""
    found: list[dict[str, object]] = []
    answer = institution.get("/events", limit=500).json()
    while answer["events"]:
        found += [event for event in answer["events"] if event["reference"] == reference]
        answer = institution.get("/events", limit=500, after=answer["cursor"]).json()
    return found


def test_the_desk_that_answers_the_call_sees_the_same(story: Story, twins: Twins) -> None:
    pages = [masked(without_tokens(story.caller(t.reference).text), t) for t in (twins.matched, twins.routine)]
    one, other = (re.sub(r"/staff/desk/caller/[^/\"]+", "PERMIT", page) for page in pages)

    assert one == other


@pytest.mark.usefixtures("twins")
def test_no_log_line_metric_or_queue_tells(system: System) -> None:
    """The console's routes are left out: they name a page for reviewers, which is there for every item or none."""
    told = [line for name, log in system.logs().items() if name != "seed.log" for line in log.splitlines()]
    told += [line for process in Process for line in system.metrics(process).splitlines() if not line.startswith("#")]
    told += system.node.control("list_queues", "name").splitlines()

    assert [line for line in told if TELLING.search(line) and 'route="/staff/' not in line] == []


def test_once_a_family_was_met_only_its_own_status_changes(story: Story, twins: Twins) -> None:
    def status(reference: str) -> str:
        return story.mgd.get(f"/reports/{reference}").json()["status"]

    of_relative = status(twins.relative)
    story.meet(story.contact_request(twins.matched.reference))

    eventually(lambda: status(twins.matched.reference) == "with_your_contact_person")
    eventually(story.system.at_rest, 30, "all to come to rest")
    assert status(twins.routine.reference) == "please_contact_us"
    assert status(twins.relative) == of_relative
