import pytest
from starlette.testclient import TestClient

from shared.messages.gateway import Template
from shared.messages.model import open_content
from shared.messages.report_content import ReportContent
from shared.messages.reports import AcceptReport
from shared.references import parse_reference, show_reference
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, code_in, eventually, field, send

WRITTEN = {
    "given": "علي",
    "father": "حسين",
    "family_name": "الجبوري",
    "known_as": "أبو محمد",
    "mother": "زينب",
    "sex": "male",
    "birth_year": "١٩٨٥",
    "last_seen_year": "2014",
    "last_seen_month": "8",
    "governorate": "IQ-NI",
    "place": "سنجار",
    "event": "SINJAR",
    "relation": "brother",
    "phone": "0770 123 4567",
    "language": "ar",
    "channel": "sms",
    "consent_keep": "yes",
    "consent_contact": "sms",
}


def report(client: TestClient, lang: str = "ar", **changes: str):
    return send(client, f"/{lang}/report/whole", page=f"/{lang}/report/whole", **(WRITTEN | changes))


def commands(families: Families) -> list[AcceptReport]:
    rows = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.accept_report' ORDER BY id")
    return [AcceptReport.model_validate_json(bytes(row.body)) for row in rows]


def test_a_report_gets_a_reference_at_once_and_goes_to_the_record(client: TestClient, families: Families) -> None:
    page = report(client)
    (command,) = commands(families)
    assert page.url.path == "/ar/report/received"
    assert show_reference(command.reference) in page.text
    content = open_content(command.content, ReportContent, command.reference)
    assert [(n.raw, n.kind) for n in content.person.names] == [
        ("علي حسين الجبوري", "official"),
        ("أبو محمد", "known_as"),
    ]
    assert content.person.born is not None
    assert content.person.born.year == 1985
    assert content.reporter.phone == "+9647701234567"
    assert not command.contact.is_verified
    assert "علي" not in command.model_dump_json()


def test_only_one_name_and_the_consent_are_needed(client: TestClient, families: Families) -> None:
    empty = dict.fromkeys(WRITTEN, "") | {"given": "Ali", "consent_keep": "yes"}
    page = report(client, "en", **empty)
    assert page.status_code == 200
    (command,) = commands(families)
    assert command.contact.phone is None


@pytest.mark.parametrize(
    ("changes", "field_in_error"),
    [
        ({"given": "", "known_as": ""}, "given"),
        ({"consent_keep": ""}, "consent_keep"),
        ({"phone": "12"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"birth_year": "3985"}, "birth_year"),
        ({"last_seen_day": "31", "last_seen_month": "2"}, "last_seen_year"),
        ({"last_seen_year": "", "last_seen_month": "2"}, "last_seen_year"),
        ({"mother": "م" * 201}, "mother"),
        ({"event": "NONSENSE"}, "event"),
        ({"happened": "x" * 4001}, "happened"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    client: TestClient, families: Families, changes: dict[str, str], field_in_error: str
) -> None:
    page = report(client, **changes)
    assert page.status_code == 422
    assert f'href="#{field_in_error}"' in page.text
    assert "حسين" in page.text
    assert commands(families) == []


def test_a_report_that_is_sent_twice_is_one(client: TestClient, families: Families) -> None:
    shown = client.get("/ar/report/whole")
    sent = WRITTEN | {"csrf": field(shown.text, "csrf"), "request_id": field(shown.text, "request_id")}
    first, second = client.post("/ar/report/whole", data=sent), client.post("/ar/report/whole", data=sent)
    (command,) = commands(families)
    assert show_reference(command.reference) in first.text
    assert show_reference(command.reference) in second.text
    assert len(families.texts()) == 1


def test_the_phone_is_confirmed_by_the_code_that_it_was_sent(
    client: TestClient, families: Families, courier: Courier
) -> None:
    page = report(client)
    assert eventually(lambda: [t for t in courier.texts if t.template is Template.OTP])
    code = code_in(next(t for t in courier.texts if t.template is Template.OTP))
    wrong = client.post("/ar/report/confirm", data={"csrf": field(page.text, "csrf"), "code": "1"})
    assert wrong.status_code == 422
    confirmed = client.post("/ar/report/confirm", data={"csrf": field(page.text, "csrf"), "code": code})
    assert confirmed.url.path == "/ar/report/received"
    assert eventually(lambda: families.run("SELECT 1 FROM family_file WHERE is_verified"))
    ((reference,),) = families.run("SELECT reference FROM family_file")
    assert show_reference(reference) in client.get("/ar/status").text


def test_a_reference_is_allocated_once_and_used_when_its_report_is_in(
    client: TestClient, families: Families, courier: Courier
) -> None:
    report(client)
    assert eventually(lambda: families.run("SELECT 1 FROM reference_allocation WHERE state = 'used'"))
    ((reference,),) = families.run("SELECT reference FROM reference_allocation")
    assert parse_reference(reference) == reference


def test_an_unconfirmed_phone_is_texted_three_times_a_day_at_most(client: TestClient, families: Families) -> None:
    for _ in range(5):
        assert report(client).status_code == 200
    assert len(families.texts()) == 3


def test_a_receipt_is_shown_to_its_own_browser_only(client: TestClient, families: Families) -> None:
    report(client)
    receipt = client.cookies["sila_receipt"]
    client.cookies.clear()
    client.cookies.set("sila_receipt", receipt, domain="127.0.0.1", path="/")
    (command,) = commands(families)
    assert show_reference(command.reference) not in client.get("/ar/report/received").text
