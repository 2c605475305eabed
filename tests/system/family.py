"""A family at the web door: in a real browser, or without a screen where there are many."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from portal.family.words import STATUSES
from portal.languages import LANGUAGES
from shared.references import show_reference
from tests.system.phone import Phone
from tests.system.visitor import Visitor

TOKENS = re.compile(r'(name="(?:csrf|request_id)" value=")[^"]*')


def without_tokens(page: str) -> str:
    """A page's source without what differs from one showing to the next."""
    return TOKENS.sub(r"\1", page)


def status_words(status: str, lang: str) -> str:
    """A status as a family reads it."""
    return LANGUAGES[lang].translations.gettext(STATUSES[status].name)


@dataclass
class Case:
    """A case that a family has: its reference, its phone, its PIN and where it stands."""

    reference: str
    phone: Phone
    pin: str
    status: str
    language: str


class Family:
    """A family before a real browser, in a language."""

    def __init__(self, page: Page, url: str, lang: str) -> None:
        self.page, self._url, self.lang = page, url, lang
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def open(self, path: str = "/") -> "Family":
        """Open a page."""
        self.page.goto(self._url + path)
        return self

    def give_reference(self, reference: str) -> "Family":
        """From the start page to the page that asks for code or PIN."""
        self.page.locator(f'main a[href="/{self.lang}/status"]').first.click()
        self.page.locator("#reference").fill(reference)
        self.page.locator("form:has(#reference) button").first.click()
        self.page.locator("#code").wait_for()
        return self

    def give_code(self, code: str) -> "Family":
        """Enter by a one-time code."""
        self.page.locator("#code").fill(code)
        self.page.locator("form:has(#code) button").click()
        return self

    def give_pin(self, pin: str) -> "Family":
        """Enter by PIN."""
        self.page.locator("#pin").fill(pin)
        self.page.locator("form:has(#pin) button").click()
        return self

    def sees(self, case: Case) -> bool:
        """Whether the page shows this case and where it stands, in the family's language."""
        self.page.locator("main .ref").wait_for()
        shown = self.page.locator("main").inner_text()
        return show_reference(case.reference) in shown and status_words(case.status, self.lang) in shown


@contextmanager
def at_the_browser(
    browser: Browser, url: str, lang: str, *, has_scripts: bool = True, **options: Any
) -> Iterator[Family]:
    """A family with a browser of its own, set to its language."""
    locale = LANGUAGES[lang].tag
    context = browser.new_context(
        locale=locale, java_script_enabled=has_scripts, viewport={"width": 390, "height": 800}, **options
    )
    try:
        yield Family(context.new_page(), url, lang)
    finally:
        context.close()


def enter_by_pin(url: str, case: Case, lang: str = "en") -> Visitor:
    """A family that has opened its report by PIN."""
    visitor = Visitor(url).go(f"/{lang}/status").send(f"/{lang}/status", reference=case.reference)
    visitor.send("status/enter", pin=case.pin)
    assert show_reference(case.reference) in visitor.text
    return visitor


def enter_by_code(url: str, reference: str, phone: Phone, lang: str = "en") -> Visitor:
    """A family that has opened its report by a one-time code."""
    before = len(phone.texts())
    visitor = Visitor(url).go(f"/{lang}/status").send(f"/{lang}/status", reference=reference)
    visitor.send("status/enter", code=phone.code(before, 30))
    assert show_reference(reference) in visitor.text
    return visitor
