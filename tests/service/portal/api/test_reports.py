from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.messages.gateway import Template
from shared.messages.model import open_content
from shared.messages.report_content import ReportContent
from shared.references import parse_reference
from shared.sealing import keys
from tests.service.portal.api.institutions import PHONE, Institutions, a_report, a_whole_report, pointers
from tests.service.portal.courier import Courier
from tests.service.portal.families import eventually


def test_a_report_gets_its_reference_at_once_and_goes_sealed_to_the_record(institutions: Institutions) -> None:
    answer = institutions.report(a_whole_report())
    (command,) = institutions.accepted()
    reference = answer.json()["reference"]
    assert answer.status_code == 202
    assert parse_reference(reference) == reference == command.reference
    assert answer.headers["location"] == f"/api/v1/reports/{reference}"
    assert (command.institution, command.channel) == ("mgd", "api")
    content = open_content(command.content, ReportContent, reference)
    assert content.person.names[0].raw == "علي حسين محمد الجبوري"
    assert content.reporter.phone == PHONE
    assert not [value for value in ("علي", "زينب", "7701234567") if value in command.model_dump_json()]


def test_the_contact_has_the_phone_for_the_gateways_eyes_only(institutions: Institutions) -> None:
    institutions.report(a_whole_report())
    (command,) = institutions.accepted()
    assert keys().unseal_as_gateway(command.contact.phone or "") == PHONE
    assert command.contact.phone_index == keys().phone_index(PHONE)
    assert command.contact.is_verified
    assert command.contact.language == "ckb"


def test_one_name_and_the_consent_to_keep_are_enough(institutions: Institutions) -> None:
    assert institutions.report(a_report()).status_code == 202
    (command,) = institutions.accepted()
    assert command.contact.phone is None
    assert not command.contact.is_verified


def test_a_verified_phone_is_texted_its_reference_once_and_an_unverified_one_is_asked(
    institutions: Institutions, courier: Courier
) -> None:
    verified = institutions.report(a_whole_report(), once="one").json()["reference"]
    institutions.report(a_whole_report(), once="one")
    unverified = {"phone": "07701234568", "language": "en"}
    institutions.report(a_report(reporter=unverified, consent={"keep": True, "contact": ["sms"]}))
    assert eventually(lambda: len(courier.texts) == 2)
    told = {text.template: text for text in courier.texts}
    assert told[Template.REGISTERED].values["ref"] == verified
    assert told[Template.CONFIRM_PHONE].values == {}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"person": {"names": []}}, ("/person/names", "too_short")),
        ({"person": {"names": [{"raw": " "}]}}, ("/person/names/0/raw", "string_too_short")),
        ({"consent": {"keep": False}}, ("/consent/keep", "literal_error")),
        ({"consent": {"keep": True, "share": ["nobody"]}}, ("/consent/share/0", "unknown_institution")),
        ({"reporter": {"phone": "12345"}}, ("/reporter/phone", "phone")),
        ({"reporter": {"phone_verified": True}}, ("/reporter/phone_verified", "phone_missing")),
        ({"event": {"date": {"year": 2014, "month": 2, "day": 31}}}, ("/event/date", "value_error")),
        ({"event": {"code": "SECRET-EVENT"}}, ("/event/code", "literal_error")),
        ({"relatives": [{"relation": "brother", "phone": "\u0000"}]}, ("/relatives/0/phone", "characters")),
        ({"persom": {"x": 1}}, ("/persom", "extra_forbidden")),
    ],
)
def test_each_wrong_field_is_named_and_no_value_is_echoed(
    institutions: Institutions, wrong: dict[str, object], named: tuple[str, str]
) -> None:
    answer = institutions.report(a_report(**wrong))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in pointers(answer)
    assert not [value for value in ("nobody", "12345", "SECRET-EVENT") if value in answer.text]
    assert institutions.accepted() == []


def test_the_same_key_and_body_have_one_effect_and_one_answer(institutions: Institutions) -> None:
    first, second = institutions.report(once="k-1"), institutions.report(once="k-1")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.headers["location"] == second.headers["location"]
    assert len(institutions.accepted()) == 1


def test_the_same_key_with_another_body_is_refused(institutions: Institutions) -> None:
    institutions.report(once="k-1")
    answer = institutions.report(a_report(given="زيد"), once="k-1")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(institutions.accepted()) == 1


def test_two_institutions_may_use_the_same_key(institutions: Institutions) -> None:
    one, other = institutions.report(once="k-1"), institutions.report(once="k-1", by="ihchr")
    assert one.json()["reference"] != other.json()["reference"]


def test_what_was_refused_may_be_sent_again_under_its_key(institutions: Institutions) -> None:
    assert institutions.report(a_report(consent={}), once="k-1").status_code == 422
    assert institutions.report(a_report(), once="k-1").status_code == 202


def test_twenty_at_once_under_one_key_are_one_report(institutions: Institutions) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: institutions.report(once="storm"), range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["reference"] for answer in answers if answer.status_code == 202}) == 1
    assert len(institutions.accepted()) == 1
    assert institutions.rows("SELECT count(*) FROM reference_allocation") == [(1,)]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_an_unusable_idempotency_key_is_refused(institutions: Institutions, key: str) -> None:
    answer = institutions.call("POST", "/reports", json=a_report(), headers={"idempotency-key": key})
    assert answer.status_code == 400
    assert institutions.accepted() == []


def test_a_report_is_on_record_with_who_sent_it(institutions: Institutions) -> None:
    reference = institutions.report().json()["reference"]
    assert institutions.audited() == [("mgd", "reported", reference)]
