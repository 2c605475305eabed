"""`python -m tests.system.pages.pictures`: the pictures of pages in `docs/images/`, taken from a running system."""

import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browsers import running_browser
from tests.system.family import Case, Family
from tests.system.phone import Phone
from tests.system.whole import System, running_system

IMAGES = Path("docs/images")
COLOURS = 48
"""Enough for our pages, whose letters are the only thing with many."""


def keep(page: Page, name: str, height: int) -> None:
    """Keep what a screen of some height shows, small."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})  # pyright: ignore
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


@contextmanager
def screen(browser: Browser, width: int, **options: Any) -> Iterator[Page]:
    """A screen that is so wide."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    yield context.new_page()
    context.close()


def of_families(system: System, browser: Browser) -> None:
    """A family's way, in three languages."""
    case = Case(**system.demo["cases"][0] | {"phone": Phone(system.carrier_url, system.demo["cases"][0]["phone"])})
    with screen(browser, 390) as page:
        Family(page, system.url, "ar").open("/ar/").page.wait_for_load_state()
        keep(page, "start-ar", 1200)
        Family(page, system.url, "ar").give_reference(case.reference).give_pin(case.pin)
        page.locator("main .ref").wait_for()
        keep(page, "status-ar", 1200)
        page.goto(f"{system.url}/ckb/samples")
        keep(page, "samples-ckb", 1200)
        page.goto(f"{system.url}/kmr/status/preferences")
        keep(page, "wishes-kmr", 1200)


def of_staff(system: System, browser: Browser) -> None:
    """The styleguide, as operators see it."""
    account = next(each for each in system.demo["staff"] if each["role"] == "operator")
    with screen(browser, 1100) as page:
        page.goto(f"{system.url}/staff/log-in")
        page.locator("#email").fill(account["email"])
        page.locator("#password").fill(account["password"])
        page.locator("main .narrow button").click()
        page.locator("#code").fill(pyotp.TOTP(account["totp_secret"]).at(time.time()))
        page.locator("main .narrow button").click()
        page.locator(".doors").wait_for()
        page.goto(f"{system.url}/staff/styleguide")
        keep(page, "styleguide", 900)


def main() -> None:
    """Start a system, take the pictures, stop it."""
    folder = Path(tempfile.mkdtemp(prefix="sila-pictures-"))
    folder.chmod(0o700)
    with running_system(folder) as system, running_browser() as browser:
        of_families(system, browser)
        of_staff(system, browser)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
