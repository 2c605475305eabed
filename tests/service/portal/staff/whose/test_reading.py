"""Whose things each page of the console reaches: every route, by staff of the owner, of an institution that was named,
of any other, and in national roles, as the table in `docs/access.md` says.

What one may not see answers, byte for byte, as what does not exist; what one may not change stays as it is.
"""

import re
from uuid import uuid4

from starlette.routing import Route

from portal.access_document import WHOSE_BY_API, Reach, whose
from portal.staff.access import OPEN
from portal.staff.routes import routes
from tests.service.portal.staff.people import said
from tests.service.portal.staff.whose.console import (
    INSTITUTIONS,
    Console,
    differ,
    is_let,
    may_know,
    reach_by_api,
    stands_of,
)
from tests.service.portal.staff.whose.steps import ACTS, API_ACTS, API_LOOKS, API_NOBODYS, LOOKS, NOBODYS


def test_every_route_that_reaches_somebodys_things_is_tried() -> None:
    tried = {step.route for step in (*LOOKS, *ACTS)} | set().union(*NOBODYS.values())
    console = {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, Route) and route.path not in OPEN
        for method in (route.methods or set()) - {"HEAD"}
        if any(getattr(whose(route.path), stands) is not Reach.NOTHING for stands in INSTITUTIONS)
    }
    assert tried == console


def test_each_sees_what_the_table_says_and_no_more(console: Console) -> None:
    wrong: list[str] = []
    for step in LOOKS:
        for stands, role in stands_of(step):
            person = console.person(stands, role)
            page = console.take(step, person, console.things.known)
            if console.shows(step, page) != is_let(step, stands):
                wrong.append(f"{step.route}: {stands} {role}: {page.status_code} {said(page)[:300]}")
            if not is_let(step, stands) and not may_know(step, stands):
                of_none = console.take(step, person, console.things.unknown)
                if differ(console, page, of_none):
                    wrong.append(
                        f"{step.route}: {stands} {role}: tells that it exists: {differ(console, page, of_none)}"
                    )
    assert wrong == [], "\n".join(wrong)


def test_every_operation_that_reaches_somebodys_things_is_tried() -> None:
    tried = {step.route for step in (*API_LOOKS, *API_ACTS)}
    assert tried | API_NOBODYS == set(WHOSE_BY_API)
    assert tried == {name for name, it in WHOSE_BY_API.items() if {it.own, it.named, it.others} != {Reach.NOTHING}}


def test_each_key_reads_what_the_table_says_and_no_more(console: Console) -> None:
    known = console.things.known
    rows = "name,consent_keep\nعلي حسين,yes\n"
    taken = console.ask("own", "POST", "/imports", content=rows.encode(), headers={"content-type": "text/csv"})
    known["import"] = taken.json()["id"]
    known["laboratory_report"] = console.call(API_ACTS[0], "own", known).json()["id"]
    unknown = {**known, **console.things.unknown, "import": str(uuid4()), "laboratory_report": str(uuid4())}
    wrong: list[str] = []
    for step in API_LOOKS:
        for stands in ("own", "named", "others"):
            answer, is_let = console.call(step, stands, known), reach_by_api(step, stands) is not Reach.NOTHING
            if (known[step.shows.strip("{}")] in answer.text) != is_let:
                wrong.append(f"{step.route}: {stands}: {answer.status_code} {answer.text[:300]}")
            of_none = console.call(step, stands, unknown)
            said_of_each = {(a.status_code, re.sub(r'"cursor":"[^"]*"', "", a.text)) for a in (answer, of_none)}
            if not is_let and len(said_of_each) == 2:
                wrong.append(f"{step.route}: {stands}: tells that it exists: {answer.text} / {of_none.text}")
    assert wrong == [], "\n".join(wrong)
