"""Match reports, their two reviewers, the families' contact persons, and the call desk."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from portal.accounts import Role
from shared.parts import Part
from shared.references import show_reference
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said, values_of
from tests.service.portal.staff.stories import (
    enter_report,
    find_caller,
    give_opinion,
    hand_in_match,
    open_review,
    open_site,
    register_sample,
    send_round,
    verify_caller,
)

Database = Callable[[Part], sa.Engine]


@pytest.fixture
def matched(somebody: Somebody, courier: Courier, part_database: Database) -> str:
    """The reference of a family for whose donor a match report was handed in."""
    reference = enter_report(somebody(Role.INTAKE))
    site = open_site(part_database)
    assert "Done." in said(register_sample(somebody(Role.SAMPLE_STAFF, institution="mld"), site, "B-000001", reference))
    with part_database(Part.MATCHING).connect() as db:
        assert eventually(lambda: db.execute(sa.text("SELECT 1 FROM sample")).first() or db.rollback())
    assert hand_in_match(somebody(Role.LABORATORY, institution="mld"), "B-000001").status_code == 200
    return reference


@pytest.fixture
def confirmed(matched: str, somebody: Somebody, part_database: Database) -> str:
    """The same family, once two people have confirmed the match and the round went out."""
    for institution in ("mld", "mgd"):
        reviewer = somebody(Role.MATCH_REVIEWER, institution=institution)
        assert "Done." in said(give_opinion(reviewer, open_review(reviewer)))
    send_round(part_database)
    return matched


def the_shown(page: Page) -> str:
    """A page as it is sent, without what differs from one request to the next."""
    text = re.sub(r"/staff/desk/caller/[^/\"]+", "", page.text)
    for name in ("csrf", "request_id"):
        for value in values_of(page, name):
            text = text.replace(value, "")
    start = text.index("<main")
    return text[start:]


def test_the_same_reviewer_twice_is_refused_and_another_decides(matched: str, somebody: Somebody) -> None:
    first, second = somebody(Role.MATCH_REVIEWER, institution="mld"), somebody(Role.MATCH_REVIEWER)
    page = give_opinion(first, open_review(first))
    assert "Done. Your opinion was recorded." in said(page)
    page = give_opinion(first, page)
    assert "Refused. You have given your opinion on this report already." in said(page)
    assert "Waits for the second opinion" in said(page)
    page = give_opinion(second, open_review(second))
    assert "Confirmed by two people" in said(page)


def test_who_handed_the_report_in_does_not_review_it(matched: str, somebody: Somebody, part_database: Database) -> None:
    both = somebody(Role.LABORATORY, Role.MATCH_REVIEWER, institution="mld")
    rejecting = somebody(Role.MATCH_REVIEWER)
    give_opinion(rejecting, open_review(rejecting), "reject")
    hand_in_match(both, "B-000001", number="L-2")
    assert "Other people have to review it." in said(give_opinion(both, open_review(both)))


def test_a_review_is_opened_with_a_reason_that_goes_into_the_trail(
    matched: str, somebody: Somebody, families: Families
) -> None:
    reviewer = somebody(Role.MATCH_REVIEWER)
    assert open_review(reviewer, " ").status_code == 422
    assert "BONE-0001" in said(open_review(reviewer, "I give the first opinion"))
    rows = families.run("SELECT actor, sealed_detail FROM audit_entry WHERE action = 'looked_at_review'")
    assert [row.actor for row in rows] == [reviewer.account.staff]
    assert rows[0].sealed_detail
    assert "first opinion" not in rows[0].sealed_detail


def test_nothing_in_the_portals_database_names_a_match(confirmed: str, families: Families) -> None:
    rows = families.run('SELECT kind, state, reason, "values" FROM outcome')
    assert {row.kind for row in rows} >= {"review", "record_laboratory_report"}
    assert all(row.values == {} for row in rows if row.kind in {"review", "record_laboratory_report"})
    assert families.run("SELECT 1 FROM audit_entry WHERE action ILIKE '%match%' OR subject ILIKE '%match%'") == []


def test_an_unknown_barcode_and_an_incomplete_report_are_said(matched: str, somebody: Somebody) -> None:
    laboratory = somebody(Role.LABORATORY, institution="mld")
    assert "Refused. One of the barcodes belongs to no sample" in said(hand_in_match(laboratory, "B-999999"))
    page = laboratory.get("/staff/laboratory")
    wrong = laboratory.submit(page, "/staff/laboratory", kind="match", laboratory_number="L-9", posterior="7")
    assert wrong.status_code == 422
    assert "Please write the barcodes of one to 40 donors." in said(wrong)
    assert "Please write a number from 0 to 1." in said(wrong)


def take_on(manager: Person) -> Page:
    page = manager.get("/staff/families")
    (address,) = {a for a in page.text.split('"') if a.endswith("/assign")}
    return manager.submit(page, address, case_manager=str(manager.account.staff))


def record_meeting(manager: Person, page: Page) -> Page:
    (request,) = set(values_of(page, "contact_request"))
    path = f"/staff/families/{request}/meeting"
    form = manager.get(path)
    return manager.submit(form, path, day="2026-01-02", clock="10:00", people_met="الأخ", place="البيت")


def test_a_case_manager_takes_a_family_on_and_records_the_meeting(confirmed: str, somebody: Somebody) -> None:
    manager = somebody(Role.CASE_MANAGER)
    page = take_on(manager)
    assert "Done. The family has its contact person." in said(page)
    (request,) = set(values_of(page, "contact_request"))
    unreasoned = manager.submit(page, "/staff/families", contact_request=request, reason=" ")
    assert unreasoned.status_code == 422
    opened = manager.submit(page, "/staff/families", contact_request=request, reason="I prepare the first talk")
    assert "Tell them in person only" in said(opened)
    assert "Done. The meeting was recorded." in said(record_meeting(manager, page))
    desk = somebody(Role.CALL_DESK)
    assert "With your contact person" in said(verify_caller(desk, find_caller(desk, confirmed)))


def test_a_family_is_opened_by_its_contact_person_alone(confirmed: str, somebody: Somebody) -> None:
    manager, other = somebody(Role.CASE_MANAGER), somebody(Role.CASE_MANAGER)
    page = take_on(manager)
    (request,) = set(values_of(page, "contact_request"))
    stranger = other.submit(other.get("/staff/reports"), "/staff/families", contact_request=request, reason="curious")
    assert stranger.status_code == 404
    assert other.get(f"/staff/families/{request}/meeting").status_code == 404


def test_the_call_desk_shows_a_grave_contact_like_a_routine_one(
    confirmed: str, somebody: Somebody, part_database: Database
) -> None:
    intake, desk = somebody(Role.INTAKE), somebody(Role.CALL_DESK)
    twin = enter_report(intake)
    planned = verify_caller(desk, find_caller(desk, twin))
    desk.submit(planned, f"{planned.url.path}/contact")
    with part_database(Part.MATCHING).connect() as db:
        count = sa.text("SELECT count(*) FROM contact_request")
        assert eventually(lambda: db.execute(count).scalar() == 2 or db.rollback())
    send_round(part_database)
    pages: list[list[str]] = []
    for reference in (confirmed, twin):
        assert eventually(lambda r=reference: "Please contact us" in said(verify_caller(desk, find_caller(desk, r))))
        first = find_caller(desk, reference)
        second = verify_caller(desk, first)
        pages.append([the_shown(page).replace(show_reference(reference), "") for page in (first, second)])
    assert pages[0] == pages[1]
    queue = said(desk.get("/staff/desk/call-backs"))
    assert queue.count(show_reference(confirmed)) == queue.count(show_reference(twin)) == 1


@pytest.fixture
def caller(somebody: Somebody, courier: Courier) -> tuple[Person, str]:
    """A desk, and the reference of a family that calls it."""
    return somebody(Role.CALL_DESK), enter_report(somebody(Role.INTAKE))


def test_nothing_is_done_for_a_caller_who_is_not_verified(caller: tuple[Person, str], families: Families) -> None:
    desk, reference = caller
    page = find_caller(desk, reference)
    assert "Answer their questions" not in said(page)
    for what in ("pin", "phone", "contact"):
        assert desk.submit(page, f"{page.url.path}/{what}", phone_verified="yes").status_code == 403
    one = desk.submit(page, f"{page.url.path}/verified", checks="person")
    assert one.status_code == 422
    assert families.run("SELECT 1 FROM outbox WHERE routing_key = 'matching.plan_contact'") == []


def test_a_verified_caller_gets_a_new_pin_once(caller: tuple[Person, str], families: Families) -> None:
    desk, reference = caller
    before = families.run("SELECT pin_hash FROM pin WHERE reference = :r", r=reference)
    page = verify_caller(desk, find_caller(desk, reference))
    made = desk.submit(page, f"{page.url.path}/pin")
    assert made.headers["cache-control"] == "no-store"
    assert families.run("SELECT pin_hash FROM pin WHERE reference = :r", r=reference) != before
    actions = [row.action for row in families.run("SELECT action FROM audit_entry WHERE subject = :r", r=reference)]
    assert actions[-1] == "made_pin"
    assert "verified_caller" in actions


def test_a_verified_callers_number_is_verified(somebody: Somebody, courier: Courier) -> None:
    desk, reference = somebody(Role.CALL_DESK), enter_report(somebody(Role.INTAKE), phone_verified="")
    page = verify_caller(desk, find_caller(desk, reference))
    assert "not verified" in said(page)
    page = desk.submit(page, f"{page.url.path}/phone", phone_verified="yes")
    assert "Done. The contact details were changed." in said(page)
    assert "not verified" not in said(page)


def test_who_asked_to_be_called_is_in_the_queue_until_called(
    caller: tuple[Person, str], families: Families, somebody: Somebody
) -> None:
    desk, reference = caller
    families.run("INSERT INTO call_request (reference, asked_at) VALUES (:r, now())", r=reference)
    page = desk.get("/staff/desk/call-backs")
    assert show_reference(reference) in said(page)
    (address,) = [a for a in page.text.split('"') if a.startswith("/staff/desk/call-backs/")]
    stranger = somebody(Role.CALL_DESK, institution="ihchr")
    assert stranger.submit(stranger.get("/staff/desk"), address).status_code == 404
    assert "Nobody waits for a call." in said(desk.submit(page, address))
    rows = families.run("SELECT done_by FROM call_request")
    assert rows[0].done_by == desk.account.staff
