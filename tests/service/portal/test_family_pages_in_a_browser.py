"""The family pages in a real browser: narrow screens, both directions, fingers and the keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.languages import LANGUAGES
from portal.pages import Pages
from tests.browsers import running_browser
from tests.unit.portal.specimens import family_pages

pytestmark = pytest.mark.browser

PAGES = Pages()
NARROW = {"width": 320, "height": 640}
FINGER_PX = 44


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=NARROW)
    yield page
    page.close()


def show(page: Page, lang: str, name: str) -> None:
    template, context = family_pages(lang)[name]
    page.set_content(PAGES.template(lang, template).render(context))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_has_to_be_pushed_sideways_on_a_narrow_screen(phone: Page, lang: str):
    for name in family_pages(lang):
        show(phone, lang, name)
        assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_pressed_is_as_large_as_a_finger(phone: Page, lang: str):
    for name in ("login", "proof", "status-full", "report", "preferences", "samples"):
        show(phone, lang, name)
        for target in phone.locator("button, .button, .leave, .pick, .field input, .field select").all():
            box = target.bounding_box()
            assert box, name
            assert box["height"] >= FINGER_PX, name


@pytest.mark.parametrize(
    ("lang", "starts_at"), [("ar", "right"), ("ckb", "right"), ("kmr-Arab", "right"), ("en", "left")]
)
def test_a_page_starts_where_its_language_starts(phone: Page, lang: str, starts_at: str):
    show(phone, lang, "start")
    brand = phone.locator(".brand").bounding_box()

    assert brand
    assert (brand["x"] > NARROW["width"] / 2) == (starts_at == "right")


def test_a_reference_and_a_phone_keep_their_order_in_right_to_left_text(phone: Page):
    show(phone, "ar", "status-full")

    assert phone.locator(".ref").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert phone.locator(".ref").inner_text() == "3819 0452 7616"


def test_a_family_gets_through_the_log_in_by_keyboard_alone(phone: Page):
    show(phone, "en", "login")

    phone.keyboard.press("Tab")
    expect(phone.get_by_text("Skip to the content")).to_be_focused()
    for _ in range(20):
        if phone.locator("#reference").evaluate("e => e === document.activeElement"):
            break
        phone.keyboard.press("Tab")
    phone.keyboard.type("381904527616")
    phone.keyboard.press("Tab")

    expect(phone.get_by_role("button", name="Go on", exact=True)).to_be_focused()
    expect(phone.get_by_label("Reference number")).to_have_value("381904527616")


def test_what_is_focused_can_be_seen(phone: Page):
    show(phone, "ar", "proof")
    phone.locator("#code").focus()

    assert phone.locator("#code").evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2


def test_a_printed_receipt_leaves_out_what_cannot_be_pressed_on_paper(phone: Page):
    phone.emulate_media(media="print")
    show(phone, "ar", "received")

    expect(phone.locator(".ref")).to_be_visible()
    expect(phone.locator("form")).to_be_hidden()
    expect(phone.locator(".leave")).to_be_hidden()
