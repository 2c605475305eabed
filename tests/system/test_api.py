"""Institutions at the API, and what their reports set off."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from shared.references import parse_reference, show_reference
from tests.system.institution import Institution, a_report
from tests.system.phone import ARABIC, Phone
from tests.system.staff import StaffMember
from tests.system.whole import System

Bodies = Callable[[str], Institution]
Phones = Callable[[], Phone]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_report_gets_its_reference_at_once_and_its_phone_a_text_in_its_language(
    institution: Bodies, new_phone: Phones, language: str
) -> None:
    phone = new_phone()
    reference = institution("mgd").report(a_report("سرمد هادي خلف الربيعي", phone.number, language=language))

    assert parse_reference(reference) == reference
    text = phone.next_text(0)
    assert show_reference(reference) in text
    assert bool(ARABIC.search(text)) == (language == "ar")


def test_the_same_idempotency_key_gives_the_same_reference_and_no_second_text(
    institution: Bodies, new_phone: Phones
) -> None:
    phone, mgd, key = new_phone(), institution("mgd"), str(uuid4())
    report = a_report("نبيل شاكر محمود العزاوي", phone.number)

    assert mgd.report(report, key) == mgd.report(report, key)
    first = phone.next_text(0)
    answer = phone.ask("STATUS")
    assert phone.texts() == [first, answer]


def test_the_same_person_reported_by_another_institution_in_another_script_is_linked_by_a_reviewer(
    institution: Bodies, staff: Callable[[str], StaffMember]
) -> None:
    mgd, ihchr = institution("mgd"), institution("ihchr")
    known = {"born": {"year": 1983}}
    here = mgd.report(a_report("مهند سالم يونس الحمداني", person={**known, "mother": "رجاء عبد الله"}))
    there = ihchr.report(a_report("Muhannad Salim Younis Al-Hamdani", person={**known, "mother": "Rajaa Abdullah"}))

    link = mgd.link_of(here, there)
    assert {why["field"] for why in link["explanation"]} >= {"name", "mother"}
    assert link["score"] > 0.6

    reviewer = staff("links").go("/staff/links")
    assert f"/staff/links/{link['link']}" in reviewer.text
    page = f"/staff/links/{link['link']}"
    reviewer.go(page).send(page, decision="linked", reason="Name, mother and year agree.")
    assert mgd.link_of(here, there, "linked")
    assert ihchr.link_of(there, here, "linked")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"person": {"names": []}}, "/person/names"),
        ({"consent": {"keep": False}}, "/consent/keep"),
        ({"reporter": {"phone": "12"}}, "/reporter/phone"),
        ({"suspect": "somebody"}, "/suspect"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_a_problem_document(
    institution: Bodies, wrong: dict[str, object], pointer: str
) -> None:
    answer = institution("mgd").post("/reports", a_report("سعد") | wrong)

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}


def test_what_is_no_json_and_who_has_no_key_get_problem_documents(system: System, institution: Bodies) -> None:
    broken = institution("mgd").post_bytes("/reports", b"{\xff")
    stranger = Institution(system.url, "nobody", "sila_wrong").post("/reports", a_report("سعد"))

    assert (broken.status_code, stranger.status_code) == (400, 401)
    for answer in (broken, stranger):
        assert answer.headers["content-type"].startswith("application/problem+json")
