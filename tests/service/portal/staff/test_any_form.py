"""Whatever is written into a form or an address of the console or of a family's pages is answered, never by a failure
of ours; and what a page takes from it, no part fails at."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Match, Route
from starlette.testclient import TestClient

from portal.accounts import Role
from portal.app import ROUTES, create_app
from portal.outcomes import Outcomes
from portal.staff import console
from portal.staff.access import ACCESS, OPEN
from portal.staff.entrance.permits import permit, sealed_for, verified
from services.appointments.booking import book_visit
from services.appointments.samples import register_sample
from services.appointments.sessions import open_session as open_collection_session
from services.matching.laboratory import record_laboratory_report
from services.outreach import meetings, notices
from shared.database import open_session, utc_now
from shared.messages.appointments import BookVisit, OpenSession, RegisterSample, SampleDetails
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import seal_content
from shared.messages.outreach import Audience, PlanMeeting
from shared.parts import Part
from shared.settings import Settings
from tests.actors import family_of, staff_of
from tests.approving import drafted
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, Family, eventually, log_in
from tests.service.portal.families import field as field_in
from tests.service.portal.nasty import NASTY, UNLIMITED, Fields, FormsOfPage, filled_in, nasty, urlencoded
from tests.service.portal.staff import stories
from tests.service.portal.staff.people import Person, an_account, open_institutions
from tests.service.portal.staff.short_reads import ShortReads

PartDatabase = Callable[[Part], sa.Engine]
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
NOT_PAGES = ("/webhooks", "/api", "/voice", "/healthz", "/readyz")
PAGES = [r for r in ROUTES if isinstance(r, Route) and not r.path.startswith(NOT_PAGES)]
POSTS = [r for r in PAGES if "POST" in (r.methods or ())]
GETS = [r for r in PAGES if "GET" in (r.methods or ())]
ENDS_SESSION = {"/staff/log-out", "/{lang:language}/status/end", "/{lang:language}/leave"}
"""After these nothing else could be tried."""


@pytest.fixture
def client(config: Settings, reads: ShortReads) -> Iterator[TestClient]:
    """A portal that counts no tries."""
    open_institutions(config)
    portal: Any = create_app(config.model_copy(update={"limits": "raised"}))
    portal._app.state.staff_reads = reads
    with TestClient(portal, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@dataclass
class World:
    """What there is to be named in addresses and forms."""

    family: Family
    known: dict[str, str]
    permits: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def address(self, route: Route, person: Person | None = None) -> str:
        """An address of a route that names what is there."""
        return PARAMETER.sub(lambda found: self._value(found[1], route.path, person), route.path)

    def _value(self, name: str, path: str, person: Person | None) -> str:
        if name != "permit" or person is None:
            return self.known.get(name, "x")
        kind, subject = next((p for prefix, p in self.permits.items() if path.startswith(prefix)), ("report", "x"))
        return quote(sealed_for(person.account.staff, verified(permit(kind, subject, "I look at it"))), safe="")


@pytest.fixture
def world(
    part_database: PartDatabase,
    families: Families,
    client: TestClient,
    config: Settings,
    courier: Courier,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A family with a visit and a sample, a site with a session, a match in review, a meeting and its notice.

    From then on no page waits for an outcome.
    """
    family = a_family_with_a_report(client, config, families)
    site, session, visit, sample, match = stories.open_site(part_database), uuid4(), uuid4(), uuid4(), uuid4()
    meeting, notice, starts_at = uuid4(), uuid4(), utc_now() + timedelta(days=7)
    with open_session(part_database(Part.APPOINTMENTS)) as db:
        ends_at = starts_at + timedelta(hours=4)
        opened = {"session": session, "site": site, "starts_at": starts_at, "ends_at": ends_at, "capacity": 20}
        open_collection_session(db, OpenSession(actor=staff_of("mld"), **opened))
        wanted = {"session": session, "places": 1, "reference": family.reference, "contact": family.contact}
        book_visit(db, BookVisit(actor=family_of(family.reference), visit=visit, **wanted))
        details = seal_content(SampleDetails(donor_name="ريزان", relation="brother"), str(sample))
        taken = {"barcode": "RS-000100", "site": site, "taken_at": utc_now(), "references": [family.reference]}
        named = {"sample": sample, "donor": uuid4(), "details": details}
        register_sample(db, RegisterSample(actor=staff_of("mld"), **named, **taken))
        db.commit()
    with open_session(part_database(Part.MATCHING)) as matching:
        assert eventually(lambda: matching.scalar(sa.text("SELECT 1 FROM sample")))
        said = {"remains_barcode": "BONE-0001", "donor_barcodes": ["RS-000100"], "posterior": 0.9999}
        report = LaboratoryReport(kind="match", laboratory_number="L-1", **said)
        sealed = seal_content(report, str(match))
        handed_in = RecordLaboratoryReport(actor=staff_of("mld"), laboratory_report=match, content=sealed)
        record_laboratory_report(matching, handed_in)
        matching.commit()
    with open_session(part_database(Part.OUTREACH)) as db:
        planned = {"title": {"en": "Meeting"}, "place": {"en": "Mosul"}, "governorate": "IQ-NI"}
        plan = PlanMeeting(actor=staff_of("mgd"), meeting=meeting, starts_at=starts_at, **planned)
        meetings.plan_meeting(db, plan)
        notices.draft_notice(db, drafted(plan, Audience(), notice))
        db.commit()
    known = {
        "site": site, "session": session, "meeting": meeting, "notice": notice, "reference": family.reference,
        "references": family.reference, "lang": "en", "language": "en", "part": "reports", "call": 1, "row": 1,
        "step": "approve", "link": uuid4(), "photo": uuid4(), "contact_request": uuid4(), "message": uuid4(),
        "visit": visit, "entry": uuid4(), "code": "SILA-1", "item": match,
    }  # fmt: skip
    permits = {
        "/staff/reports/file": ("report", family.reference),
        "/staff/desk/caller": ("caller", family.reference),
        "/staff/desk/concerns": ("concern", str(uuid4())),
        "/staff/matches": ("match", str(match)),
        "/staff/families": ("family", str(uuid4())),
    }
    assert eventually(lambda: families.run("SELECT 1 FROM visit") and families.run("SELECT 1 FROM meeting"))
    monkeypatch.setattr(Outcomes.wait_for, "__defaults__", (0.0,))
    monkeypatch.setattr(console, "WAIT_S", 0.0)
    monkeypatch.setattr(console, "WAIT_FOR_REFUSAL_S", 0.0)
    return World(family, {name: str(value) for name, value in known.items()}, permits)


def a_family_with_a_report(client: TestClient, config: Settings, families: Families) -> Family:
    """A family whose report was taken at the desk."""
    reference = stories.enter_report(Person(client, an_account(config, Role.INTAKE)).log_in())
    file = "SELECT contact FROM family_file WHERE reference = :reference AND is_verified"
    assert eventually(lambda: families.run(file, reference=reference))
    ((contact,),) = families.run(file, reference=reference)
    return Family(reference, contact, "+9647701234567")


def fields_of(route: Route, forms: list[tuple[str, dict[str, list[str]]]]) -> dict[str, list[str]]:
    """Every field that a form which goes to a route offers."""
    found: dict[str, list[str]] = {}
    for action, offered in forms:
        scope = {"type": "http", "method": "POST", "path": action.partition("?")[0], "root_path": "", "headers": []}
        if route.matches(scope)[0] is Match.FULL:
            found |= offered
    return found


def try_forms(route: Route, path: str, offered: dict[str, list[str]], known: Mapping[str, str], send: Any) -> None:
    """Send a route many forms, and look that none fails."""

    @UNLIMITED
    @given(fields=filled_in(offered, known))
    def is_answered(fields: Fields) -> None:
        answer: httpx.Response = send(path, fields)
        assert answer.status_code < 500, (route.path, answer.status_code)

    is_answered()


@pytest.mark.parametrize("role", Role)
def test_any_form_and_address_of_the_console_is_answered(
    role: Role, client: TestClient, config: Settings, world: World
) -> None:
    institution = "mld" if role in {Role.SAMPLE_STAFF, Role.LABORATORY} else "mgd"
    person = Person(client, an_account(config, role, institution=institution)).log_in()
    mine = [r for r in GETS if role in ACCESS.get(r.path, ()) and r.path not in ENDS_SESSION]
    pages = [person.get(world.address(route, person)) for route in mine]
    assert all(page.status_code < 500 for page in pages), [p.url.path for p in pages if p.status_code >= 500]
    forms = [form for page in pages if page.status_code == 200 for form in FormsOfPage(page.text).forms]
    try_addresses(mine, world, person.get, person)
    csrf = field_in(person.get("/staff/").text, "csrf")

    def send(path: str, fields: Fields) -> httpx.Response:
        body = urlencoded(fields, csrf=csrf, request_id=uuid4())
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return person.post(path, None, content=body, headers=headers, follow_redirects=False)

    for route in [r for r in POSTS if role in ACCESS.get(r.path, ()) and r.path not in ENDS_SESSION]:
        offered = fields_of(route, forms) or {name: ["x"] for name in (*world.known, "reason", "day", "sure")}
        try_forms(route, world.address(route, person), offered, world.known, send)


def test_any_form_and_address_of_a_family_is_answered(client: TestClient, families: Families, world: World) -> None:
    mine = [r for r in GETS if not r.path.startswith("/staff") and r.path not in ENDS_SESSION]
    log_in(client, families, world.family)
    pages = [client.get(world.address(route)) for route in mine]
    assert all(page.status_code < 500 for page in pages), [p.url.path for p in pages if p.status_code >= 500]
    forms = [form for page in pages if page.status_code == 200 for form in FormsOfPage(page.text).forms]
    try_addresses(mine, world, client.get)
    csrf = field_in(client.get("/en/status").text, "csrf")
    cookies = httpx.Cookies(client.cookies)

    def send(path: str, fields: Fields) -> httpx.Response:
        client.cookies = httpx.Cookies(cookies)
        body = urlencoded(fields, csrf=csrf, request_id=uuid4())
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return client.post(path, content=body, headers=headers, follow_redirects=False)

    for route in [r for r in POSTS if not r.path.startswith("/staff") and r.path not in ENDS_SESSION]:
        offered = fields_of(route, forms) or {name: ["x"] for name in (*world.known, "words", "places", "sure")}
        try_forms(route, world.address(route), offered, world.known, send)


def test_any_log_in_is_answered(client: TestClient) -> None:
    for route in [r for r in POSTS if r.path in OPEN and r.path not in ENDS_SESSION]:
        csrf = field_in(client.get("/staff/log-in").text, "csrf")

        def send(path: str, fields: Fields, csrf: str = csrf) -> httpx.Response:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return client.post(path, content=urlencoded(fields, csrf=csrf), headers=headers, follow_redirects=False)

        try_forms(route, route.path, {"email": ["a@b.example"], "password": ["x"], "code": ["123456"]}, {}, send)


def try_addresses(routes: list[Route], world: World, get: Any, person: Person | None = None) -> None:
    """Ask for every page under addresses that nobody was given, and look that none fails."""

    @UNLIMITED
    @given(data=st.data(), name=st.sampled_from(["day", "site", "from", "to", "more", "asked", "governorate", "part"]))
    def is_answered(data: st.DataObject, name: str) -> None:
        for route in routes:
            names = PARAMETER.findall(route.path)
            written = data.draw(nasty, label="in the path")
            known = world.known | ({data.draw(st.sampled_from(names)): written} if names else {})
            path = World(world.family, known, world.permits).address(route, person)
            address = quote(path, safe="/%") + f"?{name}={quote(data.draw(nasty, label='in the query'), safe='')}"
            answer = get(address, follow_redirects=False)
            assert answer.status_code < 500, (route.path, answer.status_code)

    is_answered()


@pytest.mark.parametrize("number", ["٣", "-1", "1" + "0" * 30, "9" * 5000, "1.0", "0x1"])
def test_a_row_that_no_database_has_is_not_found(client: TestClient, config: Settings, number: str) -> None:
    person = Person(client, an_account(config, Role.OPERATOR)).log_in()
    assert person.get(f"/staff/operations/parked/reports/{quote(number)}").status_code == 404


def test_every_route_names_rows_by_a_bounded_number() -> None:
    assert [r.path for r in PAGES if ":int}" in r.path] == []
    assert any(value in NASTY for value in ("9999-12-31", "0001-01-01"))
