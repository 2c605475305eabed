"""Every page of the system, taken once as its people see it: valid, accessible, narrow enough, and complete."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser

from tests.system.institution import Institution
from tests.system.pages.checkers import NARROW, Looking, Seen, by_name, html_errors, looking, without_refresh
from tests.system.pages.places import CHECKED
from tests.system.pages.stories import People, across_institutions, as_a_family, as_staff, with_a_match
from tests.system.pages.taking import NO_PAGES, Album, Taken, routes_of_get
from tests.system.phone import Phone
from tests.system.staff import StaffMember
from tests.system.whole import System

pytestmark = pytest.mark.browser

ONE_TCP_WINDOW = 14 * 1024


@pytest.fixture(scope="module")
def album(
    system: System,
    institution: Callable[[str], Institution],
    staff: Callable[[str], StaffMember],
    new_phone: Callable[[], Phone],
) -> Album:
    """Every page."""
    people, album = People(system, institution, staff, new_phone), Album()
    as_a_family(album, people, CHECKED)
    with_a_match(album, people)
    across_institutions(album, people, CHECKED)
    as_staff(album, people)
    return album


@pytest.fixture(scope="module")
def seen(system: System, browser: Browser) -> Iterator[Callable[[Taken], Seen]]:
    """`seen(page)`: a page in the browser, looked at once for all tests."""
    with looking(browser, system.url) as looker:
        yield cache(lambda page: _look(looker, page))


def _look(looker: Looking, page: Taken) -> Seen:
    return looker.at(without_refresh(page.html))


def test_every_route_was_seen_or_is_no_page_for_a_reason(album: Album) -> None:
    assert sorted(album.missing()) == []
    assert NO_PAGES.keys() <= routes_of_get()
    assert sorted(NO_PAGES.keys() & {page.route for page in album.pages}) == []


def test_the_checkers_know_a_bad_page_when_they_see_one(system: System, browser: Browser) -> None:
    bad = '<!doctype html><html><title>-</title><p><img src="x"><div style="color:#ddd;background:#fff">pale</div></p>'
    with looking(browser, system.url) as looker:
        broken = [each.partition(":")[0] for each in looker.at(bad).breaks]

    assert {"image-alt", "html-has-lang", "color-contrast"} <= set(broken)
    assert any("alt" in each for each in html_errors({"bad": bad}))


def test_no_page_has_an_html_error(album: Album) -> None:
    assert html_errors(by_name((page, page.html) for page in album.pages)) == {}


def test_no_page_breaks_a_rule_of_wcag(album: Album, seen: Callable[[Taken], Seen]) -> None:
    assert {str(page): seen(page).breaks for page in album.pages if seen(page).breaks} == {}


def test_no_page_has_to_be_pushed_sideways_at_320_px_or_at_200_percent(
    album: Album, seen: Callable[[Taken], Seen]
) -> None:
    wide = {str(page): seen(page).width_at_320 for page in album.pages}

    assert {name: width for name, width in wide.items() if width > NARROW["width"]} == {}


def test_no_family_page_weighs_more_than_one_tcp_window(album: Album) -> None:
    """Nothing else is fetched for it: `test_slow_lines.py` counts the requests."""
    heavy = {str(page): page.weight_bytes for page in album.pages if page.lang and page.weight_bytes > ONE_TCP_WINDOW}

    assert heavy == {}
