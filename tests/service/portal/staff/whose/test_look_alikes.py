"""Where staff of a site or of outreach write a reference that may be any institution's: one that is nowhere gets the
same answer, and shows on their lists in the same way."""

import re

import pytest

from portal.accounts import Role
from portal.look_alikes import contact_of_none
from shared.references import new_reference, show_reference
from tests.service.portal.staff.people import Page
from tests.service.portal.staff.whose.console import Console
from tests.service.portal.staff.whose.steps import ACTS, NOTICE, SESSION, Step

LISTS = {
    f"POST {SESSION}/walk-in": f"GET {SESSION}",
    f"POST {SESSION}/enter": f"GET {SESSION}/enter",
    "POST /staff/samples": "GET /staff/samples",
    f"POST {NOTICE}/reply": f"GET {NOTICE}",
}
"""The page on which an act shows, by its route."""


def answers_to(console: Console, route: str, *references: str) -> tuple[list[Page], Page]:
    """The answers to an act with each of these references, and the list on which it shows afterwards."""
    (step,) = [step for step in ACTS if step.route == route]
    person = console.person("own", Role.OUTREACH if "notices" in route else Role.SAMPLE_STAFF)
    pages: list[Page] = []
    for number, reference in enumerate(references):
        card = {
            name: f"RS-{list(LISTS).index(route)}0050{number}"
            for name in ("barcode", "sheet_barcode")
            if name in step.fields
        }
        asked = Step(route, {**step.fields, **card}, ids=step.ids)
        pages.append(console.take(asked, person, {**console.things.known, "second": reference}))
    console.rows()
    return pages, console.take(Step(LISTS[route], ids=step.ids), person, console.things.known)


def verdict(page: Page) -> tuple[int, list[str]]:
    """What an answer says of the act: its status, and its notices and errors in words."""
    said = re.findall(
        r'<(?:div|p)[^>]*(?:class="(?:notice|error)|role="alert")[^>]*>(.*?)</(?:div|p)>', page.text, re.S
    )
    return page.status_code, [re.sub(r"<[^>]+>|\s+", " ", each).strip() for each in said]


def test_a_reference_that_is_nowhere_is_answered_as_another_institutions(console: Console) -> None:
    of_another = console.things.known["foreign"]
    for route in LISTS:
        nowhere = new_reference()
        pages, listed = answers_to(console, route, of_another, nowhere)

        assert verdict(pages[0]) == verdict(pages[1]), route
        assert verdict(pages[0])[1], route
        assert (show_reference(of_another) in listed.text) == (show_reference(nowhere) in listed.text), route


def test_a_mistyped_reference_is_said_beside_its_field(console: Console) -> None:
    for route in LISTS:
        pages, _ = answers_to(console, route, "1234 5678 9012")

        assert pages[0].status_code == 422, route


@pytest.mark.usefixtures("sila_environment")
def test_no_report_has_always_the_same_contact_and_each_another() -> None:
    one, other = new_reference(), new_reference()
    assert contact_of_none(one) == contact_of_none(one) != contact_of_none(other)
