"""Places to give a sample: for two, when a day is full, and when many ask at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from infra.demo.audience import families as demo_families
from infra.demo.places import demo_id
from shared.parts import Part
from tests.system.family import Case, at_the_browser, enter_by_code
from tests.system.institution import Institution
from tests.system.phone import Phone
from tests.system.staff import StaffMember
from tests.system.visitor import Visitor
from tests.system.whole import System
from tests.waiting import eventually

Cases = Callable[..., Case]
MANY, LAST_PLACES = 50, 10
BOOKED = "SELECT coalesce(sum(places), 0) FROM visit WHERE session = %s AND state = 'booked'"


@pytest.fixture
def new_session(
    staff: Callable[[str], StaffMember], institution: Callable[[str], Institution]
) -> Callable[[str, int], UUID]:
    """`new_session("sinjar", 3)`: a day of collection with so many places, opened at the console."""

    def sessions() -> dict[str, Any]:
        return {each["session"]: each for each in institution("mgd").get("/sessions", limit=500).json()["sessions"]}

    def open_one(site: str, capacity: int) -> UUID:
        before, day = sessions(), datetime.now(UTC) + timedelta(days=3)
        form = {"site": demo_id(f"site:{site}"), "day": f"{day:%Y-%m-%d}", "from": "09:00", "until": "12:00"}
        staff("samples").go("/staff/days/sessions").send(
            "/staff/days/sessions", capacity=capacity, despite="yes", **form
        )
        [opened] = eventually(lambda: set(sessions()) - set(before), what="the session to be offered")
        return UUID(opened)

    return open_one


def book(page: Page, session: UUID, places: int) -> None:
    """Choose a day and how many come."""
    page.locator(f'input[name="session"][value="{session}"]').check()
    page.locator("select[name=places]").select_option(str(places))
    page.locator("form:has(select[name=places]) button").click()
    page.locator("main h1").wait_for()


def test_the_demo_has_open_days_at_every_site(institution: Callable[[str], Institution]) -> None:
    mgd = institution("mgd")
    sites = {each["site"] for each in mgd.get("/sites").json()["sites"]}

    assert len(sites) >= 4
    assert {each["site"] for each in mgd.get("/sessions", limit=500).json()["sessions"]} == sites


@pytest.mark.browser
def test_a_family_books_a_place_for_two_on_the_web(
    system: System, browser: Browser, case_in: Cases, new_session: Callable[[str, int], UUID]
) -> None:
    case, session = case_in("search_continues"), new_session("stuttgart", 2)
    with at_the_browser(browser, system.url, "en") as family:
        family.open("/").give_reference(case.reference).give_pin(case.pin).open("/en/samples")
        book(family.page, session, 2)
        assert family.page.locator("main h1").inner_text() == "A visit in another country"
        family.page.locator("input[name=transfer]").check()
        family.page.get_by_role("button", name="Book").click()

        family.page.get_by_text("Your visit is booked").first.wait_for()
    assert system.count(Part.APPOINTMENTS, BOOKED, session) == 2


@pytest.mark.browser
def test_a_full_session_refuses_clearly_and_offers_the_next(
    system: System, browser: Browser, case_in: Cases, new_session: Callable[[str, int], UUID]
) -> None:
    case, session = case_in("samples_complete", "en"), new_session("mosul", 1)
    with at_the_browser(browser, system.url, "en") as family:
        family.open("/").give_reference(case.reference).give_pin(case.pin).open("/en/samples")
        book(family.page, session, 2)
        assert family.page.locator("main h1").inner_text() == "There are not enough places"
        assert system.count(Part.APPOINTMENTS, BOOKED, session) == 0

        family.page.get_by_role("button", name="Book this day").click()
        family.page.get_by_text("Your visit is booked").first.wait_for()


def test_fifty_families_ask_at_once_for_the_last_ten_places(
    system: System, new_session: Callable[[str, int], UUID], phone_of: Callable[[str], Phone]
) -> None:
    session = new_session("baghdad", LAST_PLACES)
    families = [phone_of(family.phone) for family in demo_families(MANY)]
    with ThreadPoolExecutor(8) as few:
        visitors = list(few.map(lambda phone: _at_the_days(system, phone), families))
    with ThreadPoolExecutor(MANY) as all_at_once:
        pages = list(all_at_once.map(lambda v: v.send("samples/book", session=session, places=1).page, visitors))

    assert {page.status_code for page in pages} <= {200, 409}
    eventually(system.at_rest, 30, "every request to be decided")
    assert system.count(Part.APPOINTMENTS, BOOKED, session) == LAST_PLACES
    assert _free(visitors[0], session) is False


def _at_the_days(system: System, phone: Phone) -> Visitor:
    [reference] = references_of(system, phone)
    return enter_by_code(system.url, reference, phone).go("/en/samples")


def references_of(system: System, phone: Phone) -> list[str]:
    """The references of a phone's reports, as the phone gets them by text."""
    text = next((t for t in phone.texts() if re.search(r"\d{4} \d{4} \d{4}", t)), None) or phone.ask("STATUS", 20)
    return [found.replace(" ", "") for found in re.findall(r"\d{4} \d{4} \d{4}", text)]


def _free(visitor: Visitor, session: UUID) -> bool:
    return str(session) in visitor.go("/en/samples").text
