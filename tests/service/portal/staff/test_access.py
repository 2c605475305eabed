"""Who may take which route: every role at every route, against a table of its own."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.routing import Route

from portal.accounts import Role
from portal.staff.access import ACCESS, OPEN
from portal.staff.entrance.guard import door
from portal.staff.home import show_home
from portal.staff.routes import routes
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person
from tests.unit.portal.markup import Markup

OPEN_TO = {
    "/staff/": set(Role),
    "/staff/reports": {Role.INTAKE, Role.CASE_MANAGER, Role.INVESTIGATOR, Role.COORDINATOR},
    "/staff/reports/file/{permit}": {Role.INTAKE, Role.CASE_MANAGER, Role.INVESTIGATOR, Role.COORDINATOR},
    "/staff/reports/file/{permit}/": {Role.INTAKE},
    "/staff/reports/file/{permit}/photos/": {Role.INTAKE, Role.CASE_MANAGER, Role.INVESTIGATOR, Role.COORDINATOR},
    "/staff/reports/new": {Role.INTAKE},
    "/staff/reports/offered": {Role.INTAKE},
    "/staff/reports/take-over": {Role.COORDINATOR},
    "/staff/national-links": {Role.NATIONAL_LINK_REVIEWER},
    "/staff/concerns-late": {Role.COORDINATOR},
    "/staff/samples-without-report": {Role.COORDINATOR},
    "/staff/links": {Role.LINK_REVIEWER},
    "/staff/days": {Role.SAMPLE_STAFF},
    "/staff/samples": {Role.SAMPLE_STAFF},
    "/staff/samples/custody": {Role.SAMPLE_STAFF, Role.LABORATORY},
    "/staff/laboratory": {Role.LABORATORY},
    "/staff/matches": {Role.MATCH_REVIEWER},
    "/staff/families": {Role.CASE_MANAGER},
    "/staff/desk": {Role.CALL_DESK},
    "/staff/meetings": {Role.OUTREACH},
    "/staff/notices": {Role.OUTREACH},
    "/staff/operations": {Role.OPERATOR},
    "/staff/audit": {Role.AUDITOR},
    "/staff/figures": {Role.COORDINATOR},
    "/staff/styleguide": {Role.OPERATOR},
    "/staff/people": {Role.INSTITUTION_ADMIN, Role.NATIONAL_ADMIN},
    "/staff/keys": {Role.INSTITUTION_ADMIN, Role.NATIONAL_ADMIN},
    "/staff/institutions": {Role.NATIONAL_ADMIN},
    "/staff/relations": set(Role),
}
"""Which roles may take the routes that begin so; the longest beginning counts."""

CONSOLE = [route for route in routes if isinstance(route, Route)]


def roles_of(path: str) -> set[Role]:
    return OPEN_TO[max((begin for begin in OPEN_TO if path.startswith(begin)), key=len)]


def steps() -> Iterator[tuple[str, str, str]]:
    """Method, template and an address of every guarded route."""
    for route in CONSOLE:
        if route.path not in OPEN:
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, route.path, filled(route.path)


def filled(path: str) -> str:
    path = re.sub(r"\{\w+:uuid\}", str(uuid4()), path)
    path = re.sub(r"\{\w+:row\}", "7", path)
    return (
        path.replace("{language}", "ar")
        .replace("{part}", "reports")
        .replace("{permit}", "1.AAAA")
        .replace("{step}", "approve")
        .replace("{institution}", "ihchr")
    )


def take(person: Person, method: str, path: str) -> Page:
    if method == "GET":
        return person.get(path, follow_redirects=False)
    return person.post(path, {"csrf": "", "request_id": ""}, follow_redirects=False)


def test_every_route_of_the_console_is_in_the_table() -> None:
    assert {route.path for route in CONSOLE} == set(ACCESS) | OPEN
    assert all(ACCESS.values())


def test_a_route_that_the_table_does_not_name_cannot_be_made() -> None:
    with pytest.raises(KeyError):
        door("/staff/secrets", show_home)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_take_its_own_routes_and_no_others(role: Role, somebody: Somebody, families: Families) -> None:
    person = somebody(role)
    wrong: list[str] = []
    for method, template, path in steps():
        was_refused = take(person, method, path).status_code == 403
        if was_refused == (role in roles_of(template)):
            wrong.append(f"{method} {template}")
    assert wrong == []
    denied = families.run(
        "SELECT count(*) AS n, count(DISTINCT subject) AS paths FROM audit_entry WHERE action = 'denied'"
    )
    assert denied[0].n == sum(role not in roles_of(template) for _, template, _ in steps())


def test_nobody_passes_without_a_log_in(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    answers = {(take(visitor, method, path).headers.get("location")) for method, _, path in steps()}
    assert answers == {"/staff/log-in"}


def test_no_form_is_taken_without_its_token(somebody: Somebody, families: Families) -> None:
    person = somebody(*Role)
    for method, template, path in steps():
        if method == "POST":
            assert take(person, method, path).status_code in {400, 410}, template
    assert families.run("SELECT 1 FROM outbox") == []


def test_no_form_is_taken_from_another_site(somebody: Somebody, families: Families) -> None:
    person = somebody(Role.INTAKE)
    page = person.get("/staff/reports/new")
    tokens = re.findall(r'name="(csrf|request_id)" value="([^"]*)"', page.text)
    form = dict(tokens) | {
        "given": "علي",
        "consent_keep": "yes",
        "language": "ar",
        "channel": "sms",
        "detail": "neutral",
    }
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert person.post("/staff/reports/new", form, headers=headers).status_code == 403
    assert families.run("SELECT 1 FROM outbox") == []


def test_every_page_without_a_subject_is_well_formed(somebody: Somebody, courier: Courier) -> None:
    person = somebody(*Role)
    problems: dict[str, list[str]] = {}
    for method, template, path in steps():
        if method == "GET" and "{" not in template:
            page = person.get(path)
            assert page.status_code == 200, template
            problems |= {template: found} if (found := Markup(page.text).problems) else {}
    assert problems == {}


def test_a_page_of_the_console_may_load_nothing_from_elsewhere_and_is_not_kept(somebody: Somebody) -> None:
    page = somebody(Role.INTAKE).get("/staff/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
