"""What families come for, by keyboard alone and without scripts, on a phone and at a desk, in both directions."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from portal.languages import LANGUAGES
from shared.references import show_reference
from tests.system.family import Case, status_words
from tests.system.institution import Institution, a_report
from tests.system.pages.keyboard import Keyboard, at_the_keyboard
from tests.system.pages.places import SCREENS
from tests.system.pages.report import REPORT
from tests.system.phone import Phone
from tests.system.whole import System

pytestmark = [pytest.mark.browser, pytest.mark.parametrize(("lang", "width"), SCREENS)]

MOST_STEPS = 12


def says(lang: str, text: str) -> str:
    """A text as families read it."""
    return LANGUAGES[lang].translations.gettext(text)


def logged_in(family: Keyboard, reference: str, code: Callable[[], str]) -> Keyboard:
    """From the start page to the report."""
    family.open(f"/{family.lang}/").follow(f"/{family.lang}/status")
    return family.answer({"reference": reference}).answer({"code": code()})


@pytest.fixture
def own_report(
    institution: Callable[[str], Institution], new_phone: Callable[[], Phone], lang: str
) -> tuple[str, Phone]:
    """A report that nobody else uses, and its family's phone."""
    phone = new_phone()
    return institution("mgd").report(a_report("هادي عبد الأمير كاظم", phone.number, language=lang)), phone


def test_the_way_to_the_status_takes_three_pages_and_two_answers(
    system: System, browser: Browser, case_in: Callable[..., Case], lang: str, width: int
) -> None:
    case = case_in("search_continues")
    with at_the_keyboard(browser, system.url, lang, width) as family:
        before = len(case.phone.texts())
        logged_in(family, case.reference, lambda: case.phone.code(before))

        assert show_reference(case.reference) in family.text
        assert status_words(case.status, lang) in family.text
        assert family.pages - 1 <= 3
        assert family.answers <= 2


def test_a_family_books_changes_its_wishes_and_leaves(
    system: System, browser: Browser, own_report: tuple[str, Phone], lang: str, width: int
) -> None:
    reference, phone = own_report
    before = len(phone.texts())
    with at_the_keyboard(browser, system.url, lang, width) as family:
        logged_in(family, reference, lambda: phone.code(before))
        family.open(f"/{lang}/samples").answer({"session": "*", "places": "2"})
        assert says(lang, "Your visit is booked") in family.text

        family.open(f"/{lang}/status").page.locator('a[href*="/samples/visit/"]').first.wait_for()
        visit = family.page.locator('a[href*="/samples/visit/"]').first.get_attribute("href") or ""
        family.follow(visit).press("/cancel")
        assert says(lang, "Your visit is cancelled") in family.text

        family.open(f"/{lang}/status").follow("/status/preferences").answer({"detail": "detailed"})
        assert says(lang, "Your wishes are saved.") in family.text

        family.press("/status/end")
        assert says(lang, "Your report is closed on this phone") in family.text
        assert show_reference(reference) not in family.open(f"/{lang}/status").text


def test_a_family_reports_reads_its_reference_and_confirms_its_phone(
    system: System, browser: Browser, new_phone: Callable[[], Phone], lang: str, width: int
) -> None:
    phone = new_phone()
    known = REPORT | {"phone": phone.number, "language": lang}
    with at_the_keyboard(browser, system.url, lang, width) as family:
        family.open(f"/{lang}/").follow(f"/{lang}/report")
        for _ in range(MOST_STEPS):
            if family.page.url.endswith("/report/received"):
                break
            if family.page.locator("main form[method=post]").count():
                family.answer(known)
            else:
                family.follow(family.page.locator("main a.button").first.get_attribute("href") or "")
        family.answer({"code": phone.code(0)})

        assert says(lang, "Your phone number is confirmed.") in family.text


def test_everything_public_is_reached_from_the_first_page(
    system: System, browser: Browser, lang: str, width: int
) -> None:
    with at_the_keyboard(browser, system.url, lang, width) as family:
        for ending in ("samples", "meetings", "rights"):
            family.open(f"/{lang}/").follow(f"/{lang}/{ending}")
            assert family.text.strip()
        other = "en" if lang != "en" else "ar"
        family.page.locator(f'.tongues a[href^="/{other}/"]').first.focus()
        family.lang = other
        family.page.keyboard.press("Enter")
        family.page.locator(f'html[lang="{LANGUAGES[other].tag}"]').wait_for()
