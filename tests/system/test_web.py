"""A family at the web door, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from portal.languages import LANGUAGES
from shared.references import new_reference
from tests.system.family import Case, at_the_browser, without_tokens
from tests.system.whole import System

pytestmark = pytest.mark.browser

PUBLIC = ("", "status", "report", "samples", "meetings", "rights", "statistics", "privacy")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize(("lang", "status"), [("ar", "samples_needed"), ("en", "samples_complete")])
def test_a_family_gets_from_the_start_page_to_its_status_with_a_code(
    system: System, browser: Browser, case_in: Callable[..., Case], lang: str, status: str, has_scripts: bool
) -> None:
    case = case_in(status, lang)
    before = len(case.phone.texts())
    with at_the_browser(browser, system.url, lang, has_scripts=has_scripts) as family:
        family.open("/").give_reference(case.reference).give_code(case.phone.code(before))

        assert family.sees(case)
        assert family.complaints == []


@pytest.mark.parametrize(("lang", "status"), [("ar", "being_checked"), ("en", "received")])
def test_a_family_gets_from_the_start_page_to_its_status_with_its_pin(
    system: System, browser: Browser, case_in: Callable[..., Case], lang: str, status: str
) -> None:
    case = case_in(status, lang)
    with at_the_browser(browser, system.url, lang) as family:
        family.open("/").give_reference(case.reference).give_pin(case.pin)

        assert family.sees(case)
        assert family.complaints == []


def test_an_unknown_reference_and_a_right_one_are_answered_alike(
    system: System, browser: Browser, case_in: Callable[..., Case]
) -> None:
    pages: list[str] = []
    for reference in (case_in("registered").reference, new_reference()):
        with at_the_browser(browser, system.url, "en") as family:
            family.open("/").give_reference(reference)
            pages.append(without_tokens(family.page.content()))
            family.give_code("000000").page.locator("#code-error").wait_for()
            pages.append(without_tokens(family.page.content()))
            family.give_pin("000000").page.locator("#pin-error").wait_for()
            pages.append(without_tokens(family.page.content()))

    assert pages[:3] == pages[3:]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_shown_in_every_language(system: System, browser: Browser, lang: str) -> None:
    with at_the_browser(browser, system.url, lang) as family:
        for name in PUBLIC:
            family.open(f"/{lang}/{name}")
            shown = family.page.locator("html")

            assert shown.get_attribute("lang") == LANGUAGES[lang].tag
            assert shown.get_attribute("dir") == LANGUAGES[lang].direction
            assert family.page.locator("main h1").inner_text().strip(), name
        assert family.complaints == []
