from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from starlette.testclient import TestClient

from portal.accounts import Role
from shared.parts import Part
from shared.references import new_reference, show_reference
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, eventually, field, send
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Page, Person, said
from tests.service.portal.staff.short_reads import ShortReads
from tests.service.portal.staff.stories import A_REPORT, enter_report, reference_on

Database = Callable[[Part], sa.Engine]


def open_file(person: Person, reference: str, reason: str = "I check it") -> Page:
    return person.submit(person.get("/staff/reports"), "/staff/reports", reference=reference, reason=reason)


def test_a_report_at_the_desk_gets_reference_and_pin_at_once(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    intake = somebody(Role.INTAKE)
    page = intake.submit(intake.get("/staff/reports/new"), "/staff/reports/new", **A_REPORT)
    reference = reference_on(page)
    assert 'id="pin">' in page.text
    rows = families.run("SELECT count(*) AS n FROM pin WHERE reference = :r", r=reference)
    assert rows[0].n == 1
    assert eventually(lambda: [t.template for t in courier.texts] == ["registered"])


def test_the_pin_of_the_desk_lets_the_family_in(somebody: Somebody, courier: Courier, client: TestClient) -> None:
    intake = somebody(Role.INTAKE)
    page = intake.submit(intake.get("/staff/reports/new"), "/staff/reports/new", **A_REPORT)
    reference, pin = reference_on(page), page.text.partition('id="pin">')[2][:6]
    client.cookies.clear()
    asked = send(client, "/en/status", page="/en/status", reference=reference)
    inside = client.post("/en/status/enter", data={"csrf": field(asked.text, "csrf"), "pin": pin})
    assert show_reference(reference) in inside.text


def test_a_form_that_is_sent_twice_makes_one_report(somebody: Somebody, courier: Courier, families: Families) -> None:
    intake = somebody(Role.INTAKE)
    form = intake.get("/staff/reports/new")
    first, second = (intake.submit(form, "/staff/reports/new", **A_REPORT) for _ in range(2))
    assert reference_on(first) == reference_on(second)
    assert 'id="pin">' not in second.text
    assert len(families.run("SELECT 1 FROM reference_allocation")) == 1


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ({"given": "", "father": "", "grandfather": ""}, "given"),
        ({"consent_keep": ""}, "consent_keep"),
        ({"phone": "12"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"birth_year": "88"}, "birth_year"),
        ({"event_year": "", "event_month": "8"}, "event_year"),
        ({"event": "NOT_AN_EVENT"}, "event"),
        ({"governorate": "Nineveh"}, "governorate"),
        ({"circumstances": "x" * 4001}, "circumstances"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    somebody: Somebody, families: Families, state: dict[str, str], at: str
) -> None:
    intake = somebody(Role.INTAKE)
    page = intake.submit(intake.get("/staff/reports/new"), "/staff/reports/new", **(A_REPORT | state))
    assert page.status_code == 422
    assert f'id="{at}-error"' in page.text or f'href="#{at}"' in page.text
    assert families.run("SELECT 1 FROM reference_allocation") == []


def test_a_status_is_changed_and_a_refusal_is_said(somebody: Somebody, courier: Courier) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    page = intake.submit(file, f"{file.url.path}/status", status="being_checked")
    assert "Done. The status was changed." in said(page)
    page = intake.submit(page, f"{file.url.path}/status", status="search_continues")
    assert "Refused. The file cannot go from its present status to this one." in said(page)


def test_two_forms_of_one_page_are_both_carried_out(somebody: Somebody, courier: Courier) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    intake.submit(file, f"{file.url.path}/status", status="being_checked")
    page = intake.submit(file, f"{file.url.path}/contact", language="ckb")
    assert "Done. The contact details were changed." in said(page)
    assert "کوردی (سۆرانی)" in said(page)


def test_a_consent_is_given_read_aloud_and_taken_back(somebody: Somebody, courier: Courier) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    path = f"{file.url.path}/consent"
    page = intake.submit(file, path, purpose="share", recipient_institution="ihchr", is_given="yes", read_aloud="yes")
    assert "Shared with ihchr" in said(page)
    assert "read aloud" in said(page)
    page = intake.submit(page, path, purpose="share", recipient_institution="ihchr", is_given="no")
    assert "Shared with nobody" in said(page)


@pytest.mark.parametrize("is_given", ["yes", "no"])
@pytest.mark.parametrize("recipient", ["nobody", "Ihchr", "a body of forty characters, or nearly so", "ncc"])
def test_a_consent_for_an_institution_that_takes_no_reports_is_said_beside_its_field(
    recipient: str, is_given: str, somebody: Somebody, courier: Courier, families: Families
) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    path = f"{file.url.path}/consent"
    page = intake.submit(file, path, purpose="share", recipient_institution=recipient, is_given=is_given)
    assert (page.status_code, "Please choose one." in said(page)) == (422, True)
    assert families.run("SELECT 1 FROM audit_entry WHERE action = 'set_consent'") == []


def test_a_consent_to_share_names_somebody(somebody: Somebody, courier: Courier) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    page = intake.submit(file, f"{file.url.path}/consent", purpose="share", is_given="yes")
    assert (page.status_code, "Please choose one." in said(page)) == (422, True)


def test_closing_a_file_asks_twice(somebody: Somebody, courier: Courier) -> None:
    intake = somebody(Role.INTAKE)
    file = open_file(intake, enter_report(intake))
    unsure = intake.submit(file, f"{file.url.path}/withdraw")
    assert unsure.status_code == 422
    page = intake.submit(unsure, f"{file.url.path}/withdraw", sure="yes")
    assert "The family has closed this file." in said(page)


def test_a_new_number_puts_out_whoever_came_in_by_the_old_one(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    intake = somebody(Role.INTAKE)
    reference = enter_report(intake)
    families.run(
        "INSERT INTO family_session (token_digest, reference, by, created_at, seen_at, expires_at)"
        " VALUES ('\\x00', :r, 'pin', now(), now(), now() + interval '1 hour')",
        r=reference,
    )
    file = open_file(intake, reference)
    page = intake.submit(file, f"{file.url.path}/contact", phone="0750 765 4321", phone_verified="yes")
    assert page.status_code == 422, "nobody says how she knows that it is the family"
    number = {"phone": "0750 765 4321", "phone_verified": "yes", "how_verified": "document"}
    page = intake.submit(open_file(intake, reference), f"{file.url.path}/contact", **number)
    assert "0750 765 4321, verified" in said(page)
    assert families.run("SELECT 1 FROM family_session") == []


def test_a_file_is_not_shown_to_an_institution_that_the_family_did_not_choose(
    somebody: Somebody, courier: Courier
) -> None:
    reference = enter_report(somebody(Role.INTAKE))
    stranger = somebody(Role.INTAKE, institution="ihchr")
    page = open_file(stranger, reference)
    assert page.status_code == 422
    assert "There is no report with this reference that your institution may see." in said(page)
    assert open_file(somebody(Role.COORDINATOR, institution="ihchr"), reference).status_code == 200


def test_an_unknown_reference_is_answered_like_a_hidden_one(somebody: Somebody, courier: Courier) -> None:
    reference = enter_report(somebody(Role.INTAKE))
    stranger = somebody(Role.INTAKE, institution="ihchr")
    assert said(open_file(stranger, reference)) == said(open_file(stranger, new_reference()))


def test_every_look_is_on_record_with_its_reason_sealed(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    intake = somebody(Role.INTAKE)
    reference = enter_report(intake)
    open_file(intake, reference, "يسأل الأخ عن الملف")
    rows = families.run("SELECT actor, institution, sealed_detail FROM audit_entry WHERE action = 'looked'")
    assert [(r.actor, r.institution) for r in rows] == [(intake.account.staff, "mgd")]
    assert "الأخ" not in rows[0].sealed_detail
    auditor = somebody(Role.AUDITOR, institution="ihchr")
    trail = auditor.submit(auditor.get("/staff/audit"), "/staff/audit", subject=reference, action="looked")
    assert "يسأل الأخ عن الملف" in said(trail)


def test_no_reason_no_file(somebody: Somebody, courier: Courier, families: Families) -> None:
    intake = somebody(Role.INTAKE)
    page = open_file(intake, enter_report(intake), " ")
    assert page.status_code == 422
    assert families.run("SELECT 1 FROM audit_entry WHERE action = 'looked'") == []


def test_an_address_names_no_reference_and_is_good_for_its_owner_alone(somebody: Somebody, courier: Courier) -> None:
    intake, colleague = somebody(Role.INTAKE), somebody(Role.INTAKE)
    reference = enter_report(intake)
    address = open_file(intake, reference).url.path
    assert reference not in address
    assert intake.get(address).status_code == 200
    assert colleague.get(address).status_code == 410


def test_while_the_record_is_away_the_page_says_so_and_what_was_asked_is_carried_out_later(
    somebody: Somebody, courier: Courier, reads: ShortReads, part_database: Database
) -> None:
    intake = somebody(Role.INTAKE)
    reference = enter_report(intake)
    file = open_file(intake, reference)
    courier.pause()
    reads.away.add("reports")
    page = intake.submit(file, f"{file.url.path}/status", status="being_checked")
    assert page.status_code == 503
    assert "What you asked for is kept" in said(page)
    assert intake.get("/staff/").status_code == 200
    courier.go_on()
    with part_database(Part.REPORTS).connect() as db:
        status = text("SELECT status FROM report WHERE reference = :r")
        assert eventually(lambda: db.execute(status, {"r": reference}).scalar() == "being_checked" or db.rollback())


def test_a_link_is_decided_with_a_reason_and_taken_back(somebody: Somebody, courier: Courier) -> None:
    enter_report(somebody(Role.INTAKE), consent_share="ihchr")
    enter_report(somebody(Role.INTAKE, institution="ihchr"), consent_share="mgd", phone="0770 765 4321")
    reviewer = somebody(Role.LINK_REVIEWER)
    assert eventually(lambda: "/staff/links/" in reviewer.get("/staff/links").text)
    address = "/staff/links/" + reviewer.get("/staff/links").text.partition('href="/staff/links/')[2].partition('"')[0]
    page = reviewer.get(address)
    assert "سالم خضر الياس" in said(page)
    assert reviewer.submit(page, address, decision="linked").status_code == 422
    page = reviewer.submit(page, address, decision="linked", reason="نفس الأم")
    assert "Done. Your decision was recorded." in said(page)
    page = reviewer.submit(page, address, decision="undone", reason="خطأ")
    assert "Taken back" in said(page)
    assert "نفس الأم" in said(page)
    listed = reviewer.get("/staff/links")
    assert "Decided lately" in said(listed)
    assert address in listed.text


def test_whoever_declares_a_relative_neither_opens_nor_decides_its_pairs(
    somebody: Somebody, courier: Courier, families: Families
) -> None:
    reference = enter_report(somebody(Role.INTAKE), consent_share="ihchr")
    enter_report(somebody(Role.INTAKE, institution="ihchr"), consent_share="mgd", phone="0770 765 4321")
    reviewer, colleague = somebody(Role.LINK_REVIEWER), somebody(Role.LINK_REVIEWER)
    assert eventually(lambda: "/staff/links/" in reviewer.get("/staff/links").text)
    address = "/staff/links/" + reviewer.get("/staff/links").text.partition('href="/staff/links/')[2].partition('"')[0]
    page = reviewer.get(address)
    reviewer.submit(reviewer.get("/staff/relations"), "/staff/relations", reference=reference)

    assert reviewer.get(address).status_code == 404
    assert address not in reviewer.get("/staff/links").text
    assert reviewer.submit(page, address, decision="linked", reason="mine").status_code == 404
    assert families.run("SELECT 1 FROM outbox WHERE routing_key = 'reports.decide_link'") == []
    assert colleague.get(address).status_code == 200
