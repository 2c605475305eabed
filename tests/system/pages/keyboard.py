"""Somebody at a keyboard, without a mouse and in a browser without scripts: Tab, Enter, Space and what they write."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from portal.languages import LANGUAGES

MOST_TABS = 120
MOST_ARROWS = 40
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    tag: at.tagName, type: at.type || "", name: at.name || "", value: at.value || "", checked: !!at.checked,
    href: at.getAttribute("href") || "", action: at.form ? at.form.getAttribute("action") : "",
    method: at.form ? at.form.method : "", is_plain: at.classList.contains("plain"),
    is_in_main: !!at.closest("main"), outline: parseFloat(style.outlineWidth), width: box.width, height: box.height,
  };
}"""


class Keyboard:
    """What a person with a keyboard does in a page. Every page that is opened has to fit the width of the screen."""

    def __init__(self, page: Page, url: str, lang: str) -> None:
        self.page, self._url, self.lang = page, url, lang
        self.pages = 0
        self.answers = 0

    def open(self, path: str) -> "Keyboard":
        """Open an address."""
        self.page.goto(self._url + path)
        return self._look()

    def follow(self, ending: str) -> "Keyboard":
        """Go to the link in the page's own part that leads to such an address, and press Enter."""
        self._reach(lambda at: at["is_in_main"] and at["tag"] == "A" and at["href"].endswith(ending), ending)
        return self._enter()

    def press(self, action: str) -> "Keyboard":
        """Go to the first button of the form that is sent to such an address, and press Enter."""
        self._reach(lambda at: at["tag"] == "BUTTON" and at["action"].endswith(action), action)
        return self._enter()

    def answer(self, known: Mapping[str, str]) -> "Keyboard":
        """Answer what the page asks for and `known` has an answer to, and send it by the form's own button."""
        answered = set[str]()
        for at in self._tabs():
            if at["method"] != "post" or not at["is_in_main"]:
                continue
            if at["name"] in known and at["tag"] != "BUTTON":
                if at["name"] not in answered or at["type"] == "checkbox":
                    self._give(at, known[at["name"]])
                answered.add(at["name"])
            elif at["tag"] == "BUTTON" and (answered or not at["is_plain"]):
                self.answers += len(answered)
                return self._enter()
        raise AssertionError(f"no button within {MOST_TABS} tabs on {self.page.url}")

    def _give(self, at: dict[str, Any], answer: str) -> None:
        keys = self.page.keyboard
        if at["type"] == "checkbox":
            if at["value"] in answer.split() and not at["checked"]:
                keys.press("Space")
        elif at["type"] == "radio" or at["tag"] == "SELECT":
            self._choose(answer)
        else:
            keys.type(answer)

    def _choose(self, answer: str) -> None:
        """The arrows go through what there is to choose from."""
        for _ in range(MOST_ARROWS):
            at = self._focused()
            if at["value"] == answer or answer == "*":
                if at["type"] == "radio" and not at["checked"]:
                    self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{answer} is not offered on {self.page.url}")

    def _reach(self, is_it: Any, what: str) -> None:
        for at in self._tabs():
            if is_it(at):
                assert at["outline"] >= 2, f"what is focused on {self.page.url} cannot be seen"
                return
        raise AssertionError(f"nothing that leads to {what} within {MOST_TABS} tabs on {self.page.url}")

    def _tabs(self) -> Iterator[dict[str, Any]]:
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            yield self._focused()

    def _focused(self) -> dict[str, Any]:
        return self.page.evaluate(FOCUSED)

    def _enter(self) -> "Keyboard":
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self._look()

    def _look(self) -> "Keyboard":
        self.pages += 1
        self.page.locator("main h1").wait_for()
        width, screen = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= screen, f"{self.page.url} is {width} px wide on a screen of {screen}"
        assert self.page.locator("html").get_attribute("dir") == LANGUAGES[self.lang].direction
        return self

    @property
    def text(self) -> str:
        """What the page's own part says."""
        return self.page.locator("main").inner_text()


@contextmanager
def at_the_keyboard(browser: Browser, url: str, lang: str, width: int) -> Iterator[Keyboard]:
    """Somebody with a browser of their own, without scripts, as wide as said."""
    size: Any = {"width": width, "height": 740}
    context = browser.new_context(locale=LANGUAGES[lang].tag, java_script_enabled=False, viewport=size)
    try:
        yield Keyboard(context.new_page(), url, lang)
    finally:
        context.close()
