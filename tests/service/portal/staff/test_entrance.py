import statistics
import time

import pytest
from starlette.testclient import TestClient

from portal.accounts import NewStaff, Role
from portal.limits import ALLOWED, ITEMS, Limit
from tests.service.portal.families import Families, field
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said


def audited(families: Families) -> list[tuple[str, str]]:
    rows = families.run("SELECT door, action FROM audit_entry ORDER BY id")
    return [(row.door, row.action) for row in rows]


def is_inside(page: Page) -> bool:
    return page.url.path == "/staff/" and "Good day" in page.text


def test_a_member_gets_in_by_password_and_one_time_password(a_visitor: Somebody, families: Families) -> None:
    visitor = a_visitor(Role.INTAKE)
    page = visitor.give_password()
    assert page.url.path == "/staff/log-in/code"
    assert is_inside(visitor.give_code(page))
    assert audited(families) == [("staff", "gave_password"), ("staff", "logged_in")]


def test_the_password_alone_opens_nothing(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    visitor.give_password()
    assert visitor.get("/staff/").url.path == "/staff/log-in/code"
    assert visitor.get("/staff/reports").url.path == "/staff/log-in/code"


def test_each_step_begins_a_new_session(a_visitor: Somebody, families: Families) -> None:
    visitor = a_visitor(Role.INTAKE)
    visitor.cookies.set("sila_staff", "fixed-by-an-attacker", domain="127.0.0.1", path="/")
    page = visitor.give_password()
    first = visitor.cookies["sila_staff"]
    visitor.give_code(page)
    assert len({"fixed-by-an-attacker", first, visitor.cookies["sila_staff"]}) == 3
    assert [row.has_totp for row in families.run("SELECT has_totp FROM staff_session")] == [True]


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    page = visitor.get("/staff/log-in")
    form = {"csrf": field(page.text, "csrf"), "email": visitor.account.email, "password": visitor.account.password}
    answer = visitor.post("/staff/log-in", form, follow_redirects=False)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("sila_staff=")]
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.lower().split("; "))


def test_an_unknown_address_is_answered_like_a_wrong_password(a_visitor: Somebody) -> None:
    known, unknown = a_visitor(Role.INTAKE), a_visitor(Role.INTAKE)
    object.__setattr__(unknown.account, "email", "nobody@mgd.example")
    pages = [person.give_password("not the password") for person in (known, unknown)]
    assert {page.status_code for page in pages} == {422}
    assert said(pages[0]) == said(pages[1])


def test_an_unknown_address_takes_as_long_as_a_wrong_password(a_visitor: Somebody) -> None:
    known, unknown = a_visitor(Role.INTAKE), a_visitor(Role.INTAKE)
    object.__setattr__(unknown.account, "email", "nobody@mgd.example")
    took: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(6):
        for person in (known, unknown):
            started = time.perf_counter()
            person.give_password("not the password")
            took[person is known].append(time.perf_counter() - started)
    ratio = statistics.median(took[True][1:]) / statistics.median(took[False][1:])
    assert 0.5 < ratio < 2


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(a_visitor: Somebody, steps: int) -> None:
    visitor = a_visitor(Role.INTAKE)
    page = visitor.give_password()
    assert is_inside(visitor.give_code(page, visitor.code(steps)))


@pytest.mark.parametrize("code", ["", "12", "abcdef", "٠٠٠٠٠٠"])
def test_a_wrong_one_time_password_opens_nothing(a_visitor: Somebody, families: Families, code: str) -> None:
    visitor = a_visitor(Role.INTAKE)
    page = visitor.give_password()
    assert visitor.give_code(page, code or " ").status_code == 422
    assert audited(families)[-1] == ("staff", "log_in_failed")
    assert visitor.get("/staff/").url.path == "/staff/log-in/code"


def test_a_one_time_password_in_arabic_digits_is_right(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    page = visitor.give_password()
    arabic = visitor.code().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert is_inside(visitor.give_code(page, arabic))


def test_a_one_time_password_is_good_once(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    code = visitor.code()
    assert is_inside(visitor.give_code(visitor.give_password(), code))
    visitor.cookies.clear()
    again = visitor.give_code(visitor.give_password(), code)
    assert again.status_code == 422


def test_an_earlier_step_is_not_good_after_a_later_one(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    assert is_inside(visitor.give_code(visitor.give_password(), visitor.code(1)))
    visitor.cookies.clear()
    assert visitor.give_code(visitor.give_password(), visitor.code(0)).status_code == 422


def test_whoever_tries_an_account_too_often_has_to_wait(a_visitor: Somebody) -> None:
    visitor = a_visitor(Role.INTAKE)
    most = int(ALLOWED[Limit.STAFF_TRIES_FOR_ACCOUNT].split()[0])
    answers = [visitor.give_password("wrong").status_code for _ in range(most + 1)]
    assert answers == [422] * most + [429]
    assert visitor.give_password().status_code == 429


def a_stranger(client: TestClient, account: NewStaff, address: str = "203.0.113.9") -> Person:
    """Somebody else who tries an account, in another browser at another address."""
    browser = TestClient(client.app, base_url="http://127.0.0.1:8000", client=(address, 1))
    browser.portal = client.portal
    return Person(browser, account)


def use_up(stranger: Person) -> None:
    most = ITEMS[Limit.STAFF_TRIES_FOR_ACCOUNT].amount
    answers = [stranger.give_password("wrong").status_code for _ in range(most + 1)]
    assert answers == [422] * most + [429]


def test_nobody_locks_a_member_out_of_a_device_that_she_has_used(client: TestClient, a_visitor: Somebody) -> None:
    member = a_visitor(Role.INTAKE)
    assert is_inside(member.give_code(member.give_password()))
    member.submit(member.get("/staff/reports"), "/staff/log-out")
    stranger = a_stranger(client, member.account)
    use_up(stranger)
    assert is_inside(member.give_code(member.give_password(), member.code(1)))
    assert stranger.give_password("wrong").status_code == 429, "her log-in gives strangers no further tries"


def test_a_known_device_has_a_budget_of_its_own_too(a_visitor: Somebody) -> None:
    member = a_visitor(Role.INTAKE)
    assert is_inside(member.give_code(member.give_password()))
    member.submit(member.get("/staff/reports"), "/staff/log-out")
    most = ITEMS[Limit.STAFF_TRIES_BY_KNOWN_DEVICE].amount
    answers = [member.give_password("wrong").status_code for _ in range(most + 1)]
    assert answers == [422] * most + [429]


def test_a_devices_mark_is_good_for_its_account_and_its_browser_alone(client: TestClient, a_visitor: Somebody) -> None:
    member, another = a_visitor(Role.INTAKE), a_visitor(Role.INTAKE)
    assert is_inside(member.give_code(member.give_password()))
    mark = member.cookies["sila_staff_known"]
    thief = a_stranger(client, member.account)
    thief.cookies.set("sila_staff_known", mark, domain="127.0.0.1", path="/")
    use_up(thief)
    member.submit(member.get("/staff/reports"), "/staff/log-out")
    member.account = another.account
    use_up(member)


def test_a_shifts_computer_knows_each_of_them(a_visitor: Somebody) -> None:
    early, late = a_visitor(Role.INTAKE), a_visitor(Role.INTAKE)
    for person in (early, late):
        late.cookies = early.cookies
        assert is_inside(person.give_code(person.give_password()))
        person.submit(person.get("/staff/reports"), "/staff/log-out")
    assert len(late.cookies["sila_staff_known"].split(".")) == 2


def test_an_address_that_failed_often_is_slowed_and_not_closed(a_visitor: Somebody, families: Families) -> None:
    visitor = a_visitor(Role.INTAKE)
    visitor.give_password("wrong")
    families.run("UPDATE limit_counter SET hits = 34 WHERE key ILIKE '%staff_tries_by_address%'")
    started = time.monotonic()
    assert is_inside(visitor.give_code(visitor.give_password()))
    assert time.monotonic() - started > 2 * 0.5


def test_an_account_that_is_closed_is_out_at_once(somebody: Somebody, families: Families) -> None:
    person = somebody(Role.INTAKE)
    families.run("UPDATE staff SET is_active = false")
    assert person.get("/staff/").url.path == "/staff/log-in"


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE staff_session SET seen_at = now() - interval '31 minutes'",
        "UPDATE staff_session SET expires_at = now()",
    ],
)
def test_a_session_ends_by_idling_and_by_its_age(somebody: Somebody, families: Families, ended: str) -> None:
    person = somebody(Role.INTAKE)
    families.run(ended)
    assert person.get("/staff/").url.path == "/staff/log-in"


def test_log_out_ends_the_session_here_and_there(somebody: Somebody, families: Families) -> None:
    person = somebody(Role.INTAKE)
    token = person.cookies["sila_staff"]
    person.submit(person.get("/staff/reports"), "/staff/log-out")
    person.cookies.set("sila_staff", token, domain="127.0.0.1", path="/")
    assert person.get("/staff/").url.path == "/staff/log-in"
    assert audited(families)[-1] == ("staff", "logged_out")
