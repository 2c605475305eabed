"""What a family does from its own page: wishes, consents, additions, words to the desk; once, and never lost."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from portal.outcomes import Outcomes
from portal.projections import files
from shared.database import utc_now
from shared.messages.matching import ContactPerson
from shared.messages.model import open_content, seal_content
from shared.messages.report_content import ReportAddition
from shared.messages.reports import (
    AddToReport,
    ConcernChanged,
    FamilyWishes,
    RaiseConcern,
    Remark,
    SetConsent,
    SetWishes,
    WishesChanged,
)
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, Family, a_file, eventually, field, log_in, send
from tests.service.portal.test_reporting import report

WISHES = {
    "tell": "خالي سعيد",
    "where": "البيت",
    "by": "woman",
    "when": "not_yet",
    "further_remains": "tell_when_complete",
    "burial_of_further": "receive",
}
WORDS = {"kind": "correction", "words": "اسم الأم زينب كاظم"}


@pytest.fixture
def family(client: TestClient, families: Families, monkeypatch: pytest.MonkeyPatch) -> Family:
    """A family that is logged in, before a record that does not answer."""
    monkeypatch.setattr(Outcomes.wait_for, "__defaults__", (0.0,))
    family = families.one(consent_contact=["sms"], consent_share=["police"])
    families.run("INSERT INTO institution (institution, name) VALUES ('mgd', '{\"en\": \"Directorate\"}')")
    families.run("INSERT INTO institution (institution, name) VALUES ('police', '{\"en\": \"The police\"}')")
    log_in(client, families, family)
    return family


def told(families: Families, kind: str) -> list[bytes]:
    rows = families.run("SELECT body FROM outbox WHERE routing_key = :key ORDER BY id", key=f"reports.{kind}")
    return [bytes(row.body) for row in rows]


def test_wishes_are_told_sealed_and_shown_again(client: TestClient, families: Families, family: Family) -> None:
    page = send(client, "/en/status/wishes", page="/en/status/wishes", **WISHES)
    assert page.url.path == "/en/status"
    (body,) = told(families, "set_wishes")
    command = SetWishes.model_validate_json(body)
    wishes = open_content(command.wishes, FamilyWishes, family.reference)
    assert (wishes.tell, wishes.when) == ("خالي سعيد", "not_yet")
    assert "خالي" not in body.decode()
    families.tell(
        files.keep_wishes,
        WishesChanged(reference=family.reference, version=1, wishes=seal_content(wishes, family.reference)),
    )
    assert "خالي سعيد" in client.get("/en/status/wishes").text
    ((row,),) = families.run("SELECT to_jsonb(family_wishes)::text FROM family_wishes")
    assert "خالي" not in row


def test_each_consent_that_changed_is_told_and_no_other(client: TestClient, families: Families, family: Family) -> None:
    shown = client.get("/en/status/consents").text
    asked = {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    for _ in range(2):
        client.post("/en/status/consents", data=asked | {"consent": ["contact:sms", "contact:call", "publish"]})
    commands = [SetConsent.model_validate_json(body) for body in told(families, "set_consent")]
    assert [(c.purpose, c.recipient, c.is_given) for c in commands] == [
        ("contact", "call", True),
        ("publish", None, True),
        ("share", "police", False),
    ]


def test_a_consent_for_an_institution_that_is_not_there_any_more_is_asked_again(
    client: TestClient, families: Families, family: Family
) -> None:
    shown = client.get("/en/status/consents").text
    asked = {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    answer = client.post("/en/status/consents", data=asked | {"consent": ["contact:sms", "share:nobody"]})
    assert answer.status_code == 422
    assert told(families, "set_consent") == []


def test_what_is_added_is_told_once_without_what_was_said_before(
    client: TestClient, families: Families, family: Family
) -> None:
    added = {"happened": "سمعنا أنه في بغداد", "relative_relation": "sister", "relative_name": "هدى"}
    send(client, "/en/status/add", page="/en/status/add", **added)
    (body,) = told(families, "add_to_report")
    content = open_content(AddToReport.model_validate_json(body).content, ReportAddition, family.reference)
    assert content.event.circumstances == "سمعنا أنه في بغداد"
    assert [(r.relation, r.name) for r in content.relatives] == [("sister", "هدى")]
    assert content.person.names == []


def test_an_addition_of_nothing_is_asked_for_again(client: TestClient, families: Families, family: Family) -> None:
    assert send(client, "/en/status/add", page="/en/status/add").status_code == 422
    assert told(families, "add_to_report") == []


def test_words_are_a_task_once_and_their_answer_is_on_the_page(
    client: TestClient, families: Families, family: Family
) -> None:
    shown = client.get("/en/status/say").text
    asked = WORDS | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    for _ in range(2):
        page = client.post("/en/status/say", data=asked)
    (body,) = told(families, "raise_concern")
    command = RaiseConcern.model_validate_json(body)
    assert page.url.path == "/en/status"
    assert str(command.concern) == asked["request_id"]
    assert "زينب" not in body.decode()
    actions = [row.action for row in families.run("SELECT action FROM audit_entry ORDER BY id")]
    assert actions.count("raised_concern") == 1
    families.tell(files.keep_concern, answered(command, family))
    assert "صححناه" in client.get("/en/status").text
    ((row,),) = families.run("SELECT to_jsonb(concern)::text FROM concern")
    assert not any(words in row for words in ("زينب", "صححناه"))


def answered(command: RaiseConcern, family: Family) -> ConcernChanged:
    about = str(command.concern)
    return ConcernChanged.model_validate(
        {
            "concern": command.concern,
            "version": 2,
            "reference": family.reference,
            "concern_kind": "correction",
            "door": "web",
            "words": command.words,
            "raised_at": utc_now(),
            "answer": seal_content(Remark(text="صححناه، شكراً."), about),
            "answered_at": utc_now(),
        }
    )


def test_words_sent_after_the_session_was_idle_wait_for_the_same_report(
    client: TestClient, families: Families, family: Family
) -> None:
    shown = client.get("/en/status/say").text
    asked = WORDS | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    families.run("UPDATE family_session SET seen_at = seen_at - :idle", idle=timedelta(minutes=16))
    assert "Reference number" in client.post("/en/status/say", data=asked).text
    assert told(families, "raise_concern") == []
    log_in(client, families, families.one(phone="+9647701239999"))
    assert "زينب كاظم" not in client.get("/en/status/say").text
    page = log_in(client, families, family)
    assert "still here" in page.text
    assert "زينب كاظم" in client.get("/en/status/say").text
    ((kept,),) = families.run("SELECT sealed_words FROM kept_words")
    assert "زينب" not in kept


def test_after_i_am_done_nothing_is_kept_of_what_is_sent(
    client: TestClient, families: Families, family: Family
) -> None:
    shown = client.get("/en/status/say").text
    asked = WORDS | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    client.post("/en/status/end", data={"csrf": asked["csrf"]})
    client.post("/en/status/say", data=asked)
    assert families.run("SELECT 1 FROM kept_words") == []


def test_a_stale_form_is_shown_again_and_not_acted_on(client: TestClient, families: Families, family: Family) -> None:
    page = client.post("/en/status/say", data=WORDS | {"csrf": "old", "request_id": "x"})
    assert page.status_code == 422
    assert "زينب كاظم" in page.text
    assert told(families, "raise_concern") == []


def test_closing_needs_to_be_meant(client: TestClient, families: Families, family: Family) -> None:
    assert send(client, "/en/status/close", page="/en/status/close").status_code == 422
    assert told(families, "withdraw_report") == []
    send(client, "/en/status/close", page="/en/status/close", sure="yes")
    assert len(told(families, "withdraw_report")) == 1


def test_little_is_shown_until_more_is_asked_for(client: TestClient, families: Families) -> None:
    staff = families.run("SELECT gen_random_uuid()")[0][0]
    families.run("INSERT INTO institution (institution, name) VALUES ('mgd', '{\"en\": \"Directorate\"}')")
    families.run(
        "INSERT INTO staff (staff, email, name, password_hash, sealed_totp_secret, roles, institution)"
        " VALUES (:s, 'h@mgd.example', 'Huda Karim', 'x', 'x', '{case_manager}', 'mgd')",
        s=staff,
    )
    family = families.one(needs=["first_sample"], would_help=["mother", "sister"])
    person = seal_content(ContactPerson(staff=staff), family.reference)
    met = a_file(family, version=3, needs=["first_sample"], would_help=["mother", "sister"], contact_person=person)
    families.tell(files.keep_file, met)
    page = log_in(client, families, family)
    assert "Huda Karim" not in page.text
    more = client.get("/en/status/more").text
    assert all(words in more for words in ("Huda Karim", "Directorate", "Mother"))


def test_who_took_the_report_and_was_named_too_is_shown_once(client: TestClient, families: Families) -> None:
    families.run("INSERT INTO institution (institution, name) VALUES ('mgd', '{\"en\": \"Directorate\"}')")
    log_in(client, families, families.one(consent_share=["mgd"]))
    assert client.get("/en/status/more").text.count("Directorate") == 1


@pytest.mark.parametrize("path", ["more", "receipt", "wishes", "consents", "close", "say", "add", "second"])
def test_without_a_session_no_page_of_the_family_opens(client: TestClient, path: str) -> None:
    assert client.get(f"/ar/status/{path}").url.path == "/ar/status"


def test_what_is_asked_while_every_other_part_is_away_is_kept_and_carried_out_once(
    client: TestClient, families: Families, courier: Courier
) -> None:
    assert report(client, "en").status_code == 200
    assert eventually(lambda: families.run("SELECT 1 FROM family_file"))
    page = client.get("/en/report/received")
    client.post("/en/report/confirm", data={"csrf": field(page.text, "csrf"), "code": families.last_code()})
    courier.pause()
    shown = client.get("/en/status/say").text
    asked = WORDS | {"csrf": field(shown, "csrf"), "request_id": field(shown, "request_id")}
    for _ in range(2):
        kept = client.post("/en/status/say", data=asked)
    assert "We have your request" in kept.text
    courier.go_on()
    assert eventually(lambda: families.run("SELECT 1 FROM concern"))
    assert client.get("/en/status").text.count("زينب كاظم") == 1
    assert len(families.run("SELECT 1 FROM concern")) == 1
