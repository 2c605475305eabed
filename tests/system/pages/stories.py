"""What people fill in to reach the pages that no link leads to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from infra.demo.institutions import STAFF
from portal.languages import LANGUAGES
from shared.parts import Part
from shared.references import new_reference, show_reference
from tests.system.family import enter_by_code
from tests.system.institution import Institution, a_report
from tests.system.pages.reading import AForm, Reading
from tests.system.pages.report import REPORT
from tests.system.pages.taking import Album
from tests.system.phone import Phone
from tests.system.staff import StaffMember
from tests.system.test_parked import parked, publish
from tests.system.test_twins import INVITATION_S, Story, Twin, is_asked
from tests.system.visitor import Visitor
from tests.system.whole import System
from tests.unit.portal.photographs import HEIC, a_photo
from tests.waiting import eventually

MOST_STEPS = 12


@dataclass(frozen=True)
class People:
    """Everybody who looks at pages."""

    system: System
    institution: Callable[[str], Institution]
    staff: Callable[[str], StaffMember]
    new_phone: Callable[[], Phone]


def form_to(visitor: Visitor, ending: str) -> AForm:
    """The form of a visitor's page that is sent to such an address."""
    return next(form for form in Reading(visitor.text).forms if form.action.endswith(ending))


def as_a_family(album: Album, people: People, languages: Iterable[str]) -> None:
    """A family that does not know us yet, and one that has reported: in each language."""
    phone = people.new_phone()
    reference = people.institution("mgd").report(a_report("سعدون فرحان ناصر", phone.number))
    phone.next_text(0, 20)
    family = enter_by_code(people.system.url, reference, phone)
    for lang in languages:
        stranger = Visitor(people.system.url)
        album.walk("a stranger", stranger, f"/{lang}/", f"/{lang}/")
        _ask_for_a_code(album, stranger, lang)
        album.walk("a family", family, f"/{lang}/status", f"/{lang}/")
        _book(album, family, lang)
        _wait(album, family, lang)
        _report(album, stranger, lang, people.new_phone())
        _trusts_and_says(album, family, lang, people.new_phone())
        _adds_a_photo(album, family, lang)
        _changes_its_number(album, people, lang)
        number = {"reference": reference, "phone": people.new_phone().number}
        album.take("a stranger", stranger.go(f"/{lang}/status/number").send("status/number", **number))
        album.take("a stranger", stranger.go(f"/{lang}/there-is-no-such-page"))
        album.take("somebody with a paper", stranger.go(f"/verify/SILA-0000?lang={lang}"))
    for lang in languages:
        _cancel(album, family, lang)
    album.take("a family", family.go("/ar/status").send("status/end"))


def _ask_for_a_code(album: Album, stranger: Visitor, lang: str) -> None:
    stranger.go(f"/{lang}/status").send(f"/{lang}/status", reference=new_reference())
    album.take("a stranger", stranger)
    album.take("a stranger", stranger.send("status/enter", code="000000"))
    album.take("a stranger", stranger.send("status/enter", pin="000000"))


def _report(album: Album, stranger: Visitor, lang: str, phone: Phone) -> None:
    """Step by step until there is a reference, then with a wrong code."""
    stranger.go(f"/{lang}/report")
    for _ in range(MOST_STEPS):
        if stranger.path.endswith("/report/received"):
            break
        _go_on(stranger, f"/{lang}/report", REPORT | {"phone": phone.number})
        album.take("a stranger", stranger)
    album.take("a stranger", stranger.send("/report/confirm", code="000000"))
    album.take("a stranger", stranger.send("/report/confirm", code=phone.code(0)))


def _trusts_and_says(album: Album, family: Visitor, lang: str, trusted: Phone) -> None:
    album.take("a family", family.go(f"/{lang}/status/second").send("status/second", phone=trusted.number))
    form = form_to(family.go(f"/{lang}/status/say"), "status/say")
    said = {"kind": form.fields["kind"].offered[0], "words": "كلمة إلى المكتب"}
    album.take("a family", family.post(form.action, form.filled(said)))


def _changes_its_number(album: Album, people: People, lang: str) -> None:
    """A family that trusts a second phone, by which it changes its number from a browser that is new."""
    old, trusted, new = people.new_phone(), people.new_phone(), people.new_phone()
    reference = people.institution("mgd").report(a_report("ليث حميد عبود", old.number))
    old.next_text(0, 20)  # before it is on record, no code is sent
    family = enter_by_code(people.system.url, reference, old)
    family.go(f"/{lang}/status/second").send("status/second", phone=trusted.number)
    album.take("a family", family.send("second/confirm", code=trusted.code(0)))
    stranger = Visitor(people.system.url).go(f"/{lang}/status/number")
    before = len(trusted.texts())
    stranger.send("status/number", reference=reference, phone=new.number)
    album.take("a stranger", stranger.send("number/confirm", code="000000", trusted_code="000000"))
    stranger.send("number/confirm", code=new.code(0), trusted_code=trusted.code(before))
    assert stranger.path == f"/{lang}/status/number/changed", stranger.path
    album.take("a stranger", stranger)


def _adds_a_photo(album: Album, family: Visitor, lang: str) -> None:
    """One that cannot be opened, then one that can, then it is taken back."""
    for picture in (HEIC, a_photo()):
        form = form_to(family.go(f"/{lang}/status/photos"), "status/photos")
        album.take("a family", family.post(form.action, form.hidden, {"photo": picture}))
    eventually(lambda: "photos/remove" in family.go(f"/{lang}/status/photos").text, 20, "the photo to be kept")
    album.take("a family", family)
    album.take("a family", family.send("photos/remove"))


def _go_on(stranger: Visitor, within: str, known: dict[str, str]) -> None:
    """Send the page's form, the last one where it has several, or follow the link where it has none."""
    read = Reading(stranger.text)
    forms = [form for form in read.forms if form.action.startswith(within)]
    if forms:
        stranger.post(forms[-1].action, forms[-1].filled(known))
    else:
        stranger.go(next(link for link in read.links if link.startswith(f"{within}/step/")))


def _book(album: Album, family: Visitor, lang: str) -> None:
    family.go(f"/{lang}/samples")
    form = form_to(family, "samples/book")
    album.take(
        "a family", family.post(form.action, form.filled({"session": form.fields["session"].offered[0], "places": "2"}))
    )


def _wait(album: Album, family: Visitor, lang: str) -> None:
    """On the waiting list, and off it again."""
    family.go(f"/{lang}/samples/wait")
    form = form_to(family, "samples/wait")
    here = next(each for each in form.fields["where"].offered if each.startswith("IQ-"))
    album.take("a family", family.post(form.action, form.filled({"where": here, "places": "1"})))
    album.take("a family", family.send("/leave"))


def _cancel(album: Album, family: Visitor, lang: str) -> None:
    family.go(f"/{lang}/status")
    visits = [link for link in Reading(family.text).links if "/samples/visit/" in link]
    for visit in visits[:1]:
        album.take("a family", family.go(visit))
        album.take("a family", family.send("/cancel"))


def as_staff(album: Album, people: People) -> None:
    """Everybody who has an account, in every place that their role opens."""
    _at_the_entrance(album, people.system)
    _drafts_a_notice(people.staff("outreach"))
    with _a_parked_message(people.system):
        for name, _, role in STAFF:
            album.walk(role, people.staff(name), "/staff/", "/staff/")


def _drafts_a_notice(author: StaffMember) -> None:
    day = datetime.now(UTC) + timedelta(days=20)
    meeting = {f"place.{lang}": "Library" for lang in LANGUAGES} | {"title.en": "Library", "day": f"{day:%Y-%m-%d}"}
    author.go("/staff/meetings/plan").send(
        "/staff/meetings/plan", governorate="IQ-MU", clock="10:00", time_zone="Asia/Baghdad", **meeting
    )
    form = form_to(author.go("/staff/notices/new"), "/staff/notices/new")
    chosen = {"meeting": form.fields["meeting"].offered[-1], "template": "townhall", "governorates": "IQ-MU"}
    author.post(form.action, form.hidden | chosen)


@contextmanager
def _a_parked_message(system: System) -> Iterator[None]:
    known = {row["id"] for row in parked(system, Part.REPORTS)}
    # The same bytes again would be the same message, and do nothing.
    publish(system, f"{{ this is no message: {uuid4()}".encode())
    rows = eventually(lambda: [row for row in parked(system, Part.REPORTS) if row["id"] not in known])
    try:
        yield
    finally:
        for row in rows:
            system.sila("parked", "discard", Part.REPORTS, str(row["id"]), "--reason", "a page was to be seen")


def _at_the_entrance(album: Album, system: System) -> None:
    stranger = Visitor(system.url)
    album.walk("nobody", stranger, "/staff/log-in", "/staff/log-in")
    account = next(each for each in system.demo["staff"] if each["role"] == "auditor")
    stranger.go("/staff/log-in").send("/staff/log-in", email=account["email"], password=account["password"])
    album.take("nobody yet", stranger)
    album.take("nobody yet", stranger.send("/staff/log-in/code", code="000000"))
    somebody = ("staff", "add", f"{uuid4().hex[:8]}@mgd.example", "--institution", "mgd", "--role", "intake")
    welcome = urlsplit(system.sila(*somebody).split()[0]).path
    album.walk("somebody invited", Visitor(system.url), welcome, welcome)


def across_institutions(album: Album, people: People, languages: Iterable[str]) -> None:
    """A child that two institutions reported without sharing: two national reviewers, and what each family is asked."""
    reports: dict[str, tuple[str, Phone]] = {}
    for body, name in {"mgd": "مهيمن جاسم حمود", "police": "Muhaimin Jasim Hammoud"}.items():
        phone, consent = people.new_phone(), {"keep": True, "share": [], "contact": ["sms"]}
        person = {
            "mother": "أمل خليل" if body == "mgd" else "Amal Khalil",
            "born": {"year": 2005, "month": 5, "day": 2},
        }
        content = a_report(name, phone.number, person=person, consent=consent)
        reports[body] = people.institution(body).report(content), phone
    link = _proposed(people, [reference for reference, _ in reports.values()])
    for who in ("nationallinks", "nationallinks2"):
        reviewer = people.staff(who).go("/staff/national-links")
        album.take(who, reviewer)
        album.take(who, reviewer.send("/staff/national-links", about=link, reason=""))
        album.take(who, reviewer.send("/staff/national-links", about=link, reason="I decide on the proposal"))
        album.take(who, reviewer.send(reviewer.path))
        album.take(who, reviewer.send(reviewer.path, decision="linked", reason="One child"))
    album.take("nationallinks", people.staff("nationallinks").go("/staff/national-links"))
    for who, (reference, _) in zip(("intake", "police"), reports.values(), strict=True):
        desk = people.staff(who).go("/staff/reports")
        album.take(who, desk.send("/staff/reports", reference=reference, reason="A question"))
    reference, phone = reports["police"]
    family = enter_by_code(people.system.url, reference, phone)
    for lang in languages:
        eventually(lambda at=f"/{lang}/status": "status/questions" in family.go(at).text, 20, "the question")
        album.take("a family that is asked", family)


def _proposed(people: People, references: Iterable[str]) -> str:
    """The proposal of two reports, which the national list does not name."""
    reviewer, shown = people.staff("nationallinks"), [show_reference(reference) for reference in references]

    def look() -> str | None:
        forms = Reading(reviewer.go("/staff/national-links").text).forms
        for link in (form.hidden["link"] for form in forms if "link" in form.hidden):
            reviewer.go("/staff/national-links").send("/staff/national-links", about=link, reason="I look")
            if all(reference in reviewer.text for reference in shown):
                return link
        return None

    return eventually(look, 20, "the proposal") or ""


def with_a_match(album: Album, people: People) -> None:
    """One family's way from its file to a match report that waits for an opinion, as each desk sees it."""
    story = Story(people.system, people.institution, people.staff)
    twin = story.twin(people.new_phone(), "عدنان شاكر محمود")
    _its_file(album, story, twin)
    _its_caller(album, story, twin)
    _its_match(album, story, twin)
    _its_contact_person(album, story, twin)


def _its_file(album: Album, story: Story, twin: Twin) -> None:
    for who in ("intake", "manager", "investigator", "coordinator"):
        desk = story.desk(who, "/staff/reports").send("/staff/reports", reference=twin.reference, reason="A question")
        album.take(who, desk)
        for form in Reading(desk.text).forms:
            if form.fields and "/file/" in form.action:
                album.take(who, desk.post(form.action, form.hidden))


def _its_caller(album: Album, story: Story, twin: Twin) -> None:
    desk = story.desk("desk", "/staff/desk")
    album.take("desk", desk.send("/staff/desk", reference=twin.reference, reason="The family calls"))
    album.take("desk", desk.send("/verified"))
    album.take("desk", desk.send("/verified", checks=["person", "mother"]))
    album.take("desk", desk.send("/pin"))
    album.take("desk", story.caller(twin.reference).send("/contact"))
    eventually(lambda: "/staff/desk/concerns" in _actions(desk.go("/staff/desk/concerns")), 20, "words to the desk")
    form = next(form for form in Reading(desk.text).forms if form.action == "/staff/desk/concerns")
    album.take("desk", desk.post(form.action, form.hidden))


def _actions(visitor: Visitor) -> list[str]:
    return [form.action for form in Reading(visitor.text).forms]


def _its_match(album: Album, story: Story, twin: Twin) -> None:
    match = {"remains_barcode": f"REM-{uuid4().hex[:8].upper()}", "donor_barcodes": [twin.barcode]}
    signed = {"signed_by": "Dr. Huda", "signed_at": datetime.now(UTC).isoformat(), "posterior": 0.99999}
    item = story.hand_in(kind="match", relation_tested="son", **match, **signed)
    reviewer = story.confirm(item, "reviewer")
    album.take("reviewer", reviewer)
    album.take("reviewer", reviewer.send(reviewer.path))
    album.take("reviewer", reviewer.go("/staff/matches"))


def _its_contact_person(album: Album, story: Story, twin: Twin) -> None:
    eventually(lambda: is_asked(story, twin), INVITATION_S, "the family to be asked to get in touch")
    request = story.contact_request(twin.reference)
    album.take("manager", story.desk("manager", f"/staff/families/{request}/meeting"))
    album.take("manager", story.desk("manager", "/staff/families"))
    form = form_to(story.desk("manager", "/staff/families"), "/staff/families")
    album.take("manager", story.staff("manager").post(form.action, form.hidden | {"reason": "I prepare the meeting"}))
