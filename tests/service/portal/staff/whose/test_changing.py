"""What people of each institution change, route by route, as the table in `docs/access.md` says.

What one may not change stays as it is; what one may not see answers, byte for byte, as what does not exist.
"""

from portal.access_document import Reach
from tests.service.portal.staff.people import said
from tests.service.portal.staff.whose.console import Console, differ, is_let, may_know, reach_by_api, stands_of
from tests.service.portal.staff.whose.steps import ACTS, API_ACTS


def test_what_is_not_theirs_stays_as_it_is_and_answers_as_if_it_were_not_there(console: Console) -> None:
    wrong: list[str] = []
    refused = [(step, *one) for step in ACTS for one in stands_of(step) if not is_let(step, one[0])]
    people = {(stands, role): console.person(stands, role) for _, stands, role in refused}
    before = console.rows()
    for step, stands, role in refused:
        person = people[stands, role]
        page = console.take(step, person, console.things.known)
        after = console.rows()
        if changed := sorted(name for name in before if before[name] != after[name]):
            wrong.append(f"{step.route}: {stands} {role}: changed {changed}: {said(page)[:200]}")
        if not may_know(step, stands):
            found = differ(console, page, console.take(step, person, console.things.unknown))
            wrong += [f"{step.route}: {stands} {role}: tells that it exists: {found}"] if found else []
            console.forget_failures()  # a command about a report that is not here yet waits for it
            after = console.rows()
        before = after
    assert wrong == [], "\n".join(wrong)


def test_each_changes_what_is_theirs(console: Console) -> None:
    wrong: list[str] = []
    for step in ACTS:
        let = {stands: role for stands, role in stands_of(step) if is_let(step, stands)}
        for stands in let.keys() & {"own", "national"}:
            person = console.person(stands, let[stands])
            before = console.rows()
            page = console.take(step, person, console.things.of(stands))
            if console.rows() == before or page.status_code >= 400:
                wrong.append(f"{step.route}: {stands}: {page.status_code} {said(page)[:400]}")
    assert wrong == [], "\n".join(wrong)


def test_a_key_changes_what_is_its_institutions_alone(console: Console) -> None:
    (step,) = API_ACTS
    for stands in ("named", "others", "own"):
        before = console.rows()
        answers = [
            console.call(step, stands, ids).json()["id"] for ids in (console.things.known, console.things.unknown)
        ]
        after = console.rows()
        is_changed = any(after[name] != before[name] for name in before if not name.startswith("portal."))
        assert is_changed == (reach_by_api(step, stands) is Reach.CHANGES), stands
        states = [console.ask(stands, "GET", f"/laboratory-reports/{id}").json() | {"id": "–"} for id in answers]
        states = [{k: v and console.things.masked(v) for k, v in state.items()} for state in states]
        assert (states[0] == states[1]) == (stands != "own"), states
