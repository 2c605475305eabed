"""Families' pages over a poor line: 50 kB a second, 300 ms until an answer begins; one request, one TCP window."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.system.family import Case, Family
from tests.system.whole import System

pytestmark = pytest.mark.browser

ONE_TCP_WINDOW = 14 * 1024
USABLE_WITHIN_MS = 3000
POOR_LINE = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
USABLE_MS = "performance.getEntriesByType('navigation')[0].domInteractive"


@dataclass
class Line:
    """What went over the line since it was last looked at."""

    page: Page
    requests: int = 0
    received_bytes: float = 0
    _waiting: list[Any] = field(default_factory=list[Any])

    def opened(self, path: str) -> tuple[int, float, float]:
        """Requests, bytes and milliseconds until a page can be read and used."""
        self.requests, self.received_bytes = 0, 0
        self.page.goto(path, wait_until="load")
        return self.requests, self.received_bytes, self.page.evaluate(USABLE_MS)


@contextmanager
def a_poor_line(browser: Browser) -> Iterator[Line]:
    """A phone on a poor line, which has nothing of ours in its cache."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    line, devtools = Line(page), context.new_cdp_session(page)

    def sent(told: dict[str, Any]) -> None:
        line.requests += not told["request"]["url"].startswith("data:")

    def finished(told: dict[str, Any]) -> None:
        line.received_bytes += told["encodedDataLength"]

    devtools.on("Network.requestWillBeSent", sent)
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.send("Network.emulateNetworkConditions", POOR_LINE)
    try:
        yield line
    finally:
        context.close()


def test_a_page_is_one_request_in_one_window_and_usable_within_three_seconds(
    system: System, browser: Browser, case_in: Callable[..., Case]
) -> None:
    case = case_in("samples_needed")
    with a_poor_line(browser) as line:
        family = Family(line.page, system.url, "ckb")
        before = len(case.phone.texts())
        family.open("/ckb/").give_reference(case.reference).give_code(case.phone.code(before, 20))
        line.page.locator("main .ref").wait_for()
        for path in ("", "status", "status/preferences", "samples", "report", "rights"):
            requests, received, usable_ms = line.opened(f"{system.url}/ckb/{path}")

            assert requests == 1, path
            assert received <= ONE_TCP_WINDOW, path
            assert usable_ms <= USABLE_WITHIN_MS, path
