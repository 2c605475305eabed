"""The real browser in which pages are tested: the machine's own, or the one that Playwright keeps."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from infra.local.install import system_browser


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A Chromium without a window, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_browser(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
