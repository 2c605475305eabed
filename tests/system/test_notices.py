"""A notice of a meeting: counted, approved by another, told once, answered; whatever dies meanwhile."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from infra.demo.audience import families as demo_families
from portal.languages import LANGUAGES
from portal.staff import words
from shared.parts import Process
from tests.system.family import Case
from tests.system.phone import ARABIC, Phone
from tests.system.staff import StaffMember
from tests.system.visitor import Visitor
from tests.system.whole import FAMILIES, System
from tests.waiting import eventually

Staff = Callable[[str], StaffMember]
Phones = Callable[[str], Phone]
TOLD_IN_S = 90
KILLED = (Process.GATEWAY, Process.OUTREACH, Process.RELAY, Process.PORTAL)


@dataclass
class Notice:
    """A notice to the families of a governorate, at the console."""

    author: StaffMember
    second: StaffMember
    page: str
    word: str

    def take(self, step: str, who: StaffMember | None = None) -> StaffMember:
        """Approve, start, pause or stop it."""
        member = who or self.author
        member.go(self.page).send(f"{self.page}/{step}")
        return member

    def approved_by_its_author(self) -> StaffMember:
        """What the author is told who sends the approval that only the second person's page offers."""
        [offered] = [form for form in self.second.go(self.page).forms() if form.action.endswith("/approve")]
        own = {form.action.rpartition("/")[2]: form.values for form in self.author.go(self.page).forms()}
        assert "approve" not in own
        self.author.post(offered.action, own["stop"] | {"digest": offered.values["digest"]})
        return self.author

    def counts(self) -> dict[str, int]:
        """What has become of it so far."""
        self.author.go(self.page)
        return {name: self.author.count(name) for name in re.findall(r'data-count="(\w+)"', self.author.text)}

    def is_through(self) -> bool:
        """Whether nobody waits any more."""
        counts = self.counts()
        return counts["asked"] > 0 and counts["waiting"] == 0


@pytest.fixture
def draft(staff: Staff) -> Callable[[str], Notice]:
    """`draft("IQ-NI")`: a notice of a new meeting, for the families of a governorate, in a place of its own name."""

    def make(governorate: str) -> Notice:
        word = f"Hall{datetime.now(UTC):%H%M%S%f}"
        author, day = staff("outreach"), datetime.now(UTC) + timedelta(days=14)
        meeting = {f"place.{code}": word for code in LANGUAGES} | {"title.en": word, "day": f"{day:%Y-%m-%d}"}
        author.go("/staff/meetings/plan").send(
            "/staff/meetings/plan", governorate=governorate, clock="10:00", time_zone="Asia/Baghdad", **meeting
        )
        author.go("/staff/notices/new")
        found = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>[^<]*{word}', author.text)
        assert found, author.text
        chosen = {"meeting": found[1], "template": "townhall", "governorates": governorate}
        author.send("/staff/notices/new", only_count="yes", **chosen)
        assert "This audience has" in author.text
        author.send("/staff/notices/new", **chosen)
        return Notice(author, staff("outreach3"), author.path, word)

    return make


def languages_of(governorate: str) -> dict[str, str]:
    """The demo's further families of a governorate: phone → language."""
    return {f.phone: f.language for f in demo_families(FAMILIES) if f.governorate == governorate}


def test_a_notice_reaches_every_contact_once_in_its_language_and_nobody_who_opted_out(
    system: System, draft: Callable[[str], Notice], phone_of: Phones, case_in: Callable[..., Case]
) -> None:
    audience = languages_of("IQ-NI")
    silent, yes = (phone_of(number) for number in list(audience)[:2])
    silent.ask("STOP", 20)
    notice = draft("IQ-NI")
    assert words.refusal("approve_notice", "same_person") in notice.approved_by_its_author().text
    assert not any(form.action.endswith("/start") for form in notice.author.forms())
    assert notice.counts()["asked"] == 0

    notice.take("approve", notice.second)
    notice.take("start")
    case = case_in("being_checked")
    before = len(case.phone.texts())
    started = datetime.now(UTC)
    Visitor(system.url).go("/en/status").send("/en/status", reference=case.reference)
    assert case.phone.code(before, 10)
    waited_s = (datetime.now(UTC) - started).total_seconds()

    eventually(notice.is_through, TOLD_IN_S, "the notice to go out")
    assert waited_s <= 3
    told = system.told(notice.word)
    assert set(told) >= set(audience) - {silent.number}
    assert set(told.values()) == {1}
    assert silent.number not in told
    for number in set(audience) - {silent.number}:
        [text] = [text for text in phone_of(number).texts() if notice.word in text]
        assert bool(ARABIC.search(text)) == LANGUAGES[audience[number]].is_rtl

    yes.ask("YES 3", 20)
    eventually(lambda: ">3<" in notice.author.go(notice.page).text, 20, "the answer to be shown")
    silent.ask("START", 20)


@pytest.fixture
def slow_carrier(system: System) -> Iterator[None]:
    """A carrier that takes its time, so that a notice is on its way for some seconds."""
    system.carrier("faults", delay_ms=700)
    yield
    system.carrier("faults")


@pytest.mark.usefixtures("slow_carrier")
@pytest.mark.parametrize("killed", KILLED)
def test_whoever_is_killed_while_a_notice_goes_out_everybody_is_told_once(
    system: System, draft: Callable[[str], Notice], killed: Process
) -> None:
    audience = set(languages_of("IQ-NI"))
    notice = draft("IQ-NI")
    notice.take("approve", notice.second)
    notice.take("start")
    eventually(lambda: system.told(notice.word), 20, "the first text to leave")
    pid = system.kill(killed)
    assert len(system.told(notice.word)) < len(audience)
    eventually(lambda: system.is_back(killed, pid), 20, f"{killed} to be started again")
    eventually(system.is_ready, 60, f"{killed} to be ready again")

    eventually(notice.is_through, TOLD_IN_S, "the notice to go out")
    told = system.told(notice.word)
    assert set(told) >= audience
    assert set(told.values()) == {1}
    counts = notice.counts()
    assert counts["asked"] == told.total()
    assert counts["unsettled"] == 0
