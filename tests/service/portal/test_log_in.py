from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from shared.messages.gateway import Template
from shared.references import new_reference, show_reference
from tests.service.portal.families import Families, Family, field, log_in, send, without_token

LANGUAGES = ["ar", "ckb", "kmr-Arab", "kmr", "en"]


def ask(client: TestClient, reference: str, lang: str = "en"):
    return send(client, f"/{lang}/status", page=f"/{lang}/status", reference=reference)


def enter(client: TestClient, page, lang: str = "en", **proof: str):
    return client.post(f"/{lang}/status/enter", data={"csrf": field(page.text, "csrf"), **proof})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_family_gets_to_its_status_with_reference_and_code(client: TestClient, families: Families, lang: str) -> None:
    family = families.one()
    page = log_in(client, families, family, lang)
    assert page.url.path == f"/{lang}/status"
    assert show_reference(family.reference) in page.text


def test_a_family_gets_to_its_status_with_its_pin(client: TestClient, families: Families) -> None:
    family = families.one(pin="482913")
    page = enter(client, ask(client, family.reference), pin="٤٨٢٩١٣")
    assert show_reference(family.reference) in page.text


def test_the_code_goes_to_the_contact_sealed_urgent_and_with_its_end(client: TestClient, families: Families) -> None:
    family = families.one()
    ask(client, family.reference)
    (text,) = families.texts()
    assert (text.contact, text.template, text.text_class) == (family.contact, Template.OTP, "code")
    ((row,),) = families.run("SELECT routing_key FROM outbox")
    assert row == "gateway.send.urgent"
    assert families.last_code() not in text.model_dump_json()


def test_a_code_comes_by_call_where_that_is_asked_for(client: TestClient, families: Families) -> None:
    family = families.one()
    page = send(client, "/en/status", page="/en/status", reference=family.reference, by="call")
    client.post("/en/status/again", data={"csrf": field(page.text, "csrf"), "by": "call"})
    client.post("/en/status/again", data={"csrf": field(page.text, "csrf")})
    assert [text.channel for text in families.texts()] == ["call", "call", None]


def test_an_unknown_reference_is_answered_alike_and_texts_nobody(client: TestClient, families: Families) -> None:
    family = families.one()
    known = ask(client, family.reference)
    unknown = ask(client, new_reference())
    assert without_token(unknown.text) == without_token(known.text)
    assert unknown.status_code == known.status_code
    assert len(families.texts()) == 1
    rows = families.run("SELECT reference FROM challenge ORDER BY created_at")
    assert [row.reference for row in rows] == [family.reference, None]
    assert len(families.run("SELECT 1 FROM unsent_code")) == 1


def test_a_wrong_proof_is_answered_alike_for_known_and_unknown(client: TestClient, families: Families) -> None:
    family = families.one(pin="111111")
    answers = []
    for reference in (family.reference, new_reference()):
        page = ask(client, reference)
        wrong = enter(client, page, code="000000"), enter(client, page, pin="222222")
        answers.append([without_token(answer.text) for answer in wrong])
    assert answers[0] == answers[1]


def test_a_code_is_good_once(client: TestClient, families: Families) -> None:
    family = families.one()
    page = ask(client, family.reference)
    code, challenge = families.last_code(), client.cookies["sila_trying"]
    enter(client, page, code=code)
    client.cookies.delete("sila_family")
    client.cookies.set("sila_trying", challenge)
    assert show_reference(family.reference) not in enter(client, page, code=code).text


def test_a_code_is_good_in_its_own_browser_only(client: TestClient, families: Families) -> None:
    family = families.one()
    ask(client, family.reference)
    code, challenge = families.last_code(), client.cookies["sila_trying"]
    client.cookies.clear()
    other = client.get("/en/status")
    client.cookies.set("sila_trying", challenge)
    assert show_reference(family.reference) not in enter(client, other, code=code).text


def test_a_code_is_dead_after_five_wrong_ones(client: TestClient, families: Families) -> None:
    family = families.one()
    page = ask(client, family.reference)
    code = families.last_code()
    for _ in range(5):
        assert enter(client, page, code=f"{(int(code) + 1) % 10**6:06d}").status_code == 422
    assert enter(client, page, code=code).status_code == 422


def test_a_code_is_dead_after_its_time(client: TestClient, families: Families) -> None:
    family = families.one()
    page = ask(client, family.reference)
    families.run("UPDATE challenge SET expires_at = now()")
    assert show_reference(family.reference) not in enter(client, page, code=families.last_code()).text


def test_whoever_uses_up_a_cases_codes_leaves_the_pin(client: TestClient, families: Families) -> None:
    family = families.one(pin="482913")
    for _ in range(8):
        page = ask(client, family.reference)
    assert len(families.texts()) == 5
    assert show_reference(family.reference) in enter(client, page, pin="482913").text


def test_whoever_tries_pins_is_slowed_then_stopped_and_leaves_the_code(client: TestClient, families: Families) -> None:
    family = families.one(pin="482913")
    page = ask(client, family.reference)
    answers = [enter(client, page, pin="000000").status_code for _ in range(6)]
    assert answers == [422] * 6
    assert REGISTRY.get_sample_value("sila_requests_slowed_total", {"limit": "pins_by_address", "outcome": "held"})
    families.run("UPDATE limit_counter SET hits = 30 WHERE key ILIKE '%pins_for_case/%'")
    assert enter(client, page, pin="000000").status_code == 429
    assert show_reference(family.reference) in enter(client, page, code=families.last_code()).text


def test_a_mistyped_reference_is_named_before_any_look_up(client: TestClient, families: Families) -> None:
    page = ask(client, "1234 5678 9012")
    assert page.status_code == 422
    assert families.run("SELECT 1 FROM challenge") == []


def test_an_unverified_phone_is_confirmed_by_its_code(client: TestClient, families: Families) -> None:
    family = families.one(is_verified=False)
    page = log_in(client, families, family)
    assert "Your phone number is confirmed." in page.text
    rows = families.run(
        "SELECT convert_from(body, 'utf8')::jsonb AS body FROM outbox WHERE routing_key = 'reports.set_contact'"
    )
    assert [(r.body["reference"], r.body["is_verified"]) for r in rows] == [(family.reference, True)]


def test_a_log_in_gets_a_new_session_and_log_out_ends_it(client: TestClient, families: Families) -> None:
    family = families.one()
    client.cookies.set("sila_family", "fixed-by-an-attacker", domain="127.0.0.1", path="/")
    page = log_in(client, families, family)
    assert client.cookies["sila_family"] != "fixed-by-an-attacker"
    ended = client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
    assert "closed on this phone" in ended.text
    assert families.run("SELECT 1 FROM family_session") == []
    assert "sila_family" not in client.cookies


def test_leaving_quickly_ends_the_session(client: TestClient, families: Families) -> None:
    log_in(client, families, families.one())
    left = client.get("/en/leave", follow_redirects=False)
    assert left.headers["location"].startswith("https://")
    assert families.run("SELECT 1 FROM family_session") == []


def test_an_idle_session_is_over(client: TestClient, families: Families) -> None:
    family = families.one()
    log_in(client, families, family)
    families.run("UPDATE family_session SET seen_at = seen_at - :idle", idle=timedelta(minutes=16))
    assert show_reference(family.reference) not in client.get("/en/status").text


def test_a_look_is_audited_once_a_session(client: TestClient, families: Families) -> None:
    family = families.one()
    log_in(client, families, family)
    client.get("/en/status")
    rows = families.run("SELECT action, subject FROM audit_entry ORDER BY id")
    assert rows == [("logged_in_by_code", family.reference), ("looked", family.reference)]


def test_a_form_of_another_site_or_another_browser_is_refused(client: TestClient, families: Families) -> None:
    family = families.one()
    shown = client.get("/en/status")
    sent = {"csrf": field(shown.text, "csrf"), "reference": family.reference}
    assert client.post("/en/status", data=sent, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/en/status", data=sent, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/en/status", data=sent | {"csrf": "x"}).status_code == 400
    assert families.texts() == []


def test_no_family_path_or_query_holds_the_reference(client: TestClient, families: Families) -> None:
    family = families.one()
    page = log_in(client, families, family)
    visited = [str(r.url) for r in (*page.history, page)]
    links = page.text.split("href=")[1:]
    assert not any(family.reference in text for text in (*visited, *(link.split(">")[0] for link in links)))


def test_a_phone_that_stopped_texts_is_shown_so(client: TestClient, families: Families) -> None:
    family: Family = families.one(consent_contact=[])
    assert "You get no messages from us." in log_in(client, families, family).text


def test_a_browser_that_opened_the_case_before_is_not_locked_out_by_strangers(
    client: TestClient, families: Families
) -> None:
    family = families.one(pin="482913")
    page = enter(client, ask(client, family.reference), pin="482913")
    client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
    families.run("UPDATE limit_counter SET hits = 1000 WHERE key LIKE '%PINS_FOR_CASE%' OR key LIKE '%pins_for_case%'")
    page = ask(client, family.reference)
    assert show_reference(family.reference) in enter(client, page, pin="482913").text
    stranger = TestClient(client.app, base_url="http://127.0.0.1:8000")
    stranger.portal = client.portal
    assert enter(stranger, ask(stranger, family.reference), pin="482913").status_code == 429


def test_another_code_replaces_the_first(client: TestClient, families: Families) -> None:
    family = families.one()
    page = ask(client, family.reference)
    first = families.last_code()
    again = client.post("/en/status/again", data={"csrf": field(page.text, "csrf")})
    assert again.url.path == "/en/status/enter"
    second = families.last_code()
    assert len(families.texts()) == 2
    if first != second:
        assert enter(client, again, code=first).status_code == 422
    assert show_reference(family.reference) in enter(client, again, code=second).text
