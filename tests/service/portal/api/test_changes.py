from typing import Any

import pytest
import sqlalchemy as sa

from portal.projections import files
from shared.database import open_session
from tests.service.portal.api.institutions import Institutions, pointers
from tests.service.portal.families import Families, Family, a_file, received
from tests.waiting import let_transactions_end


def changes(institutions: Institutions, after: str = "", **how: Any) -> dict[str, Any]:
    limit = how.pop("limit", 100)
    return institutions.call("GET", "/events", params={"after": after, "limit": limit}, **how).json()


def seen(answer: dict[str, Any]) -> list[str]:
    return [event["reference"] for event in answer["events"]]


def test_an_institution_sees_its_own_and_what_was_shared_with_it(
    institutions: Institutions, families: Families
) -> None:
    own, shared = families.one(), families.one(institution="ihchr", consent_share=["mgd"])
    families.one(institution="ihchr", consent_share=["police"])
    let_transactions_end(families.engine)
    answer = changes(institutions)
    assert seen(answer) == [own.reference, shared.reference]
    assert answer["events"][0] | {"at": ""} == {
        "event": "report_changed",
        "reference": own.reference,
        "version": 2,
        "status": "registered",
        "institution": "mgd",
        "at": "",
    }


def test_a_cursor_goes_on_where_it_stopped(institutions: Institutions, families: Families) -> None:
    references = [families.one().reference for _ in range(5)]
    let_transactions_end(families.engine)
    first = changes(institutions, limit=2)
    second = changes(institutions, first["cursor"], limit=2)
    third = changes(institutions, second["cursor"], limit=2)
    assert seen(first) + seen(second) + seen(third) == references
    assert changes(institutions, third["cursor"]) == {"events": [], "cursor": third["cursor"]}


def test_a_changed_report_is_told_again_with_its_newest_state(institutions: Institutions, families: Families) -> None:
    family, other = families.one(), families.one()
    let_transactions_end(families.engine)
    cursor = changes(institutions)["cursor"]
    families.tell(files.keep_file, a_file(family, version=3, status="please_contact_us"))
    families.tell(files.keep_file, a_file(family, version=2, status="registered"))
    let_transactions_end(families.engine)
    answer = changes(institutions, cursor)
    assert [(e["reference"], e["version"], e["status"]) for e in answer["events"]] == [
        (family.reference, 3, "please_contact_us")
    ]
    assert other.reference not in seen(answer)


def test_a_late_commit_is_not_skipped(institutions: Institutions, families: Families, engine: sa.Engine) -> None:
    late = Family("686883553848", families.one().contact, "+9647701234567")
    let_transactions_end(engine)
    cursor = changes(institutions)["cursor"]
    with open_session(engine) as db:
        files.keep_file(db, received(a_file(late)))  # began first, commits last
        early = families.one()
        meanwhile = changes(institutions, cursor)
        db.commit()
    let_transactions_end(engine)
    after = changes(institutions, meanwhile["cursor"])
    assert early.reference not in seen(meanwhile)
    assert sorted(seen(meanwhile) + seen(after)) == sorted([late.reference, early.reference])


def test_a_cursor_shows_no_reference_and_is_its_institutions_alone(
    institutions: Institutions, families: Families
) -> None:
    family = families.one()
    cursor = changes(institutions)["cursor"]
    assert family.reference not in cursor
    answer = institutions.call("GET", "/events", params={"after": cursor}, by="ihchr")
    assert answer.status_code == 422
    assert pointers(answer) == {("/after", "cursor")}


@pytest.mark.parametrize("cursor", ["x", "1.", "1.AAAA", "9.AAAA", "ا", "1." + "A" * 250])
def test_a_cursor_that_is_none_is_named(institutions: Institutions, cursor: str) -> None:
    answer = institutions.call("GET", "/events", params={"after": cursor})
    assert (answer.status_code, pointers(answer)) == (422, {("/after", "cursor")})
