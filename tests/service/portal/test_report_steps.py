"""A report page by page: saved as it goes, taken up elsewhere, read back, sent once."""

import re

import pytest
from starlette.testclient import TestClient

from shared.messages.model import open_content
from shared.messages.report_content import ReportContent
from shared.messages.reports import AcceptReport
from shared.references import new_reference, parse_reference, show_reference
from tests.service.portal.families import Families, field, send, without_token

PERSON = {"given": "علي", "father": "حسين", "mother": "زينب", "birth_year": "١٩٨٥"}
EVENT = {"last_seen_year": "2014", "governorate": "IQ-NI", "place": "سنجار", "happened": "خرج ولم يعد"}
MOTHER = {"relative_relation": "mother", "relative_name": "زينب كاظم", "relative_is_willing": "yes"}
YOU = {
    "your_name": "خالد",
    "relation": "brother",
    "phone": "0770 123 4567",
    "safe_times": "صباحاً",
    "detail": "detailed",
}
CONSENTS = {"consent_contact": "sms"}


def begin(client: TestClient, lang: str = "ar"):
    return send(client, f"/{lang}/report/begin", page=f"/{lang}/report", consent_keep="yes")


def step(client: TestClient, name: str, lang: str = "ar", **fields: str):
    path = f"/{lang}/report/step/{name}"
    return send(client, path, page=path, **fields)


def write_all(client: TestClient) -> None:
    begin(client)
    for name, fields in (("person", PERSON), ("event", EVENT), ("relatives", MOTHER), ("you", YOU)):
        step(client, name, **fields)
    step(client, "consents", **CONSENTS)


def number_and_code(client: TestClient, lang: str = "ar") -> tuple[str, str]:
    page = client.get(f"/{lang}/report/number").text
    reference, code = re.findall(r'class="ref" dir="ltr">([\d ]+)<', page)
    return parse_reference(reference), code


def commands(families: Families) -> list[AcceptReport]:
    rows = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.accept_report' ORDER BY id")
    return [AcceptReport.model_validate_json(bytes(row.body)) for row in rows]


@pytest.fixture
def elsewhere(client: TestClient) -> TestClient:
    """Another phone, at the door of the same portal."""
    other = TestClient(client.app, base_url="http://127.0.0.1:8000")
    other.portal = client.portal
    return other


def test_a_report_in_steps_is_sent_under_the_number_it_had_from_the_first(
    client: TestClient, families: Families
) -> None:
    write_all(client)
    reference, _ = number_and_code(client)
    read_back = client.get("/ar/report/check")
    assert read_back.status_code == 200
    assert all(words in read_back.text for words in ("علي", "زينب كاظم", "خرج ولم يعد", "صباحاً"))
    assert commands(families) == []

    receipt = send(client, "/ar/report/send", page="/ar/report/check")

    (command,) = commands(families)
    content = open_content(command.content, ReportContent, reference)
    assert receipt.url.path == "/ar/report/received"
    assert command.reference == reference
    assert show_reference(reference) in receipt.text
    assert [(r.relation, r.name) for r in content.relatives] == [("mother", "زينب كاظم")]
    assert (content.reporter.safe_times, content.reporter.detail) == ("صباحاً", "detailed")
    assert content.consent.contact == ["sms"]


def test_sent_twice_it_is_one_report_and_nothing_of_it_stays(client: TestClient, families: Families) -> None:
    write_all(client)
    sent = {"csrf": field(client.get("/ar/report/check").text, "csrf")}
    first, second = (client.post("/ar/report/send", data=sent) for _ in range(2))
    assert len(commands(families)) == 1
    assert first.url.path == second.url.path == "/ar/report/received"
    assert families.run("SELECT sealed_words, sent_at IS NULL FROM report_draft") == [(None, False)]
    assert client.get("/ar/report/step/person").url.path == "/ar/report"


def test_it_is_taken_up_on_another_phone_with_number_and_code(
    client: TestClient, elsewhere: TestClient, families: Families
) -> None:
    begin(client)
    step(client, "person", **PERSON)
    reference, code = number_and_code(client)
    page = send(elsewhere, "/en/report/resume", page="/en/report/resume", reference=reference, code=code)
    assert page.url.path == "/en/report/check"
    assert "حسين" in page.text
    assert "that you wrote down" in elsewhere.get("/en/report/number").text
    assert families.run("SELECT count(*) FROM report_draft") == [(1,)]


def test_a_wrong_code_and_an_unknown_number_are_answered_alike(client: TestClient, elsewhere: TestClient) -> None:
    begin(client)
    reference, _ = number_and_code(client)
    answers = []
    for asked in (reference, new_reference()):
        page = send(elsewhere, "/en/report/resume", page="/en/report/resume", reference=asked, code="1")
        answers.append((page.status_code, without_token(page.text).replace(asked, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_without_consent_nothing_is_begun(client: TestClient, families: Families) -> None:
    page = send(client, "/en/report/begin", page="/en/report")
    assert page.status_code == 422
    assert families.run("SELECT 1 FROM report_draft") == []


def test_begun_twice_by_a_double_click_it_is_one(client: TestClient, families: Families) -> None:
    shown = client.get("/en/report").text
    asked = {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id"), "consent_keep": "yes"}
    pages = [client.post("/en/report/begin", data=asked).text for _ in range(2)]
    assert without_token(pages[0]) == without_token(pages[1])
    assert families.run("SELECT count(*) FROM report_draft") == [(1,)]


def test_two_tabs_lose_nothing_of_each_other(client: TestClient) -> None:
    begin(client)
    tabs = {name: client.get(f"/ar/report/step/{name}").text for name in ("person", "event")}
    for name, fields in (("event", EVENT), ("person", PERSON)):
        tokens = {"csrf": field(tabs[name], "csrf"), "request_id": field(tabs[name], "request_id")}
        client.post(f"/ar/report/step/{name}", data=tokens | fields)
    read_back = client.get("/ar/report/check").text
    assert "علي" in read_back
    assert "سنجار" in read_back


def test_a_relative_sent_twice_is_one_and_can_be_taken_off(client: TestClient) -> None:
    begin(client, "en")
    shown = client.get("/en/report/step/relatives").text
    asked = MOTHER | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id"), "next": "add"}
    for _ in range(2):
        page = client.post("/en/report/step/relatives", data=asked)
    assert page.url.path == "/en/report/step/relatives"
    assert page.text.count("زينب كاظم") == 1
    taken = {"csrf": field(page.text, "csrf"), "key": field(page.text, "key")}
    assert "زينب كاظم" not in client.post("/en/report/relatives/remove", data=taken).text


def test_what_is_wrong_on_a_page_is_said_there_and_shown_again(client: TestClient) -> None:
    begin(client, "en")
    page = step(client, "person", "en", **(PERSON | {"birth_year": "3985"}))
    assert page.status_code == 422
    assert 'href="#birth_year"' in page.text
    assert "حسين" in page.text


def test_what_is_missing_is_named_when_it_is_read_back(client: TestClient, families: Families) -> None:
    begin(client, "en")
    page = client.get("/en/report/check")
    assert page.status_code == 422
    assert "/en/report/step/person#given" in page.text
    send_anyway = client.post("/en/report/send", data={"csrf": field(client.get("/en/report").text, "csrf")})
    assert send_anyway.url.path == "/en/report/check"
    assert commands(families) == []


def test_a_page_sent_after_its_draft_is_over_begins_a_new_one(client: TestClient, families: Families) -> None:
    begin(client)
    shown = client.get("/ar/report/step/person").text
    families.run("UPDATE report_draft SET expires_at = now()")
    asked = PERSON | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    client.post("/ar/report/step/person", data=asked)
    assert "حسين" in client.get("/ar/report/check").text


def test_a_page_with_a_stale_token_is_shown_again_with_what_was_written(client: TestClient) -> None:
    begin(client)
    page = client.post("/ar/report/step/person", data=PERSON | {"csrf": "old", "request_id": "x"})
    assert page.status_code == 422
    assert 'value="حسين"' in page.text
    assert "حسين" not in client.get("/ar/report/check").text


def test_a_draft_rests_sealed(client: TestClient, families: Families) -> None:
    begin(client)
    step(client, "person", **PERSON)
    reference, code = number_and_code(client)
    ((row,),) = families.run("SELECT to_jsonb(report_draft)::text FROM report_draft")
    assert reference in row
    assert not any(words in row for words in ("علي", code, code.replace(" ", "")))
