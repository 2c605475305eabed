"""“My number has changed”: proved by the new phone and one that the family trusts; the old one is out at once."""

import pytest
from starlette.testclient import TestClient

from portal.outcomes import Outcomes
from portal.projections import files
from shared.messages.gateway import Send, Template
from shared.messages.reports import SecondContactChanged, SetContact, SetSecondContact
from shared.references import new_reference
from shared.sealing import keys
from tests.service.portal.families import Families, Family, code_in, field, log_in, send, without_token

NEW, TRUSTED = "+9647705550001", "+9647705550002"


@pytest.fixture
def family(families: Families, monkeypatch: pytest.MonkeyPatch) -> Family:
    """A family that trusts a second phone."""
    monkeypatch.setattr(Outcomes.wait_for, "__defaults__", (0.0,))
    family = families.one()
    families.tell(files.keep_second_contact, trusting(family))
    return family


def trusting(family: Family) -> SecondContactChanged:
    sealed, index = keys().seal_for_gateway(TRUSTED), keys().phone_index(TRUSTED)
    return SecondContactChanged(reference=family.reference, version=1, phone=sealed, phone_index=index)


def ask(client: TestClient, reference: str, phone: str = NEW):
    return send(client, "/en/status/number", page="/en/status/number", reference=reference, phone=phone)


def codes(families: Families) -> dict[str, str]:
    """The last codes: phone → code."""
    texts = [t for t in families.texts() if t.template is Template.OTP and t.phone]
    return {phone_of(text): code_in(text) for text in texts}


def phone_of(text: Send) -> str:
    assert text.phone
    return keys().unseal_as_gateway(text.phone)


def enter(client: TestClient, page, **written: str):
    return client.post("/en/status/number/confirm", data={"csrf": field(page.text, "csrf"), **written})


def test_both_codes_change_the_number_and_put_the_old_one_out(
    client: TestClient, families: Families, family: Family
) -> None:
    old = TestClient(client.app, base_url="http://127.0.0.1:8000")
    old.portal = client.portal
    log_in(old, families, family)
    asked_by_old = send(old, "/en/status", page="/en/status/number", to="/en/status", reference=family.reference)
    old_code = families.last_code(family.contact)

    page = ask(client, family.reference)
    sent = codes(families)
    changed = enter(client, page, code=sent[NEW], trusted_code=sent[TRUSTED])

    assert "Your new number is noted" in changed.text
    ((body,),) = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.set_contact'")
    command = SetContact.model_validate_json(bytes(body))
    assert (command.phone_index, command.is_verified) == (keys().phone_index(NEW), True)
    assert not command.is_confirmed_by_old
    assert NEW not in bytes(body).decode()
    assert "Reference number" in old.get("/en/status").text
    late = old.post("/en/status/enter", data={"csrf": field(asked_by_old.text, "csrf"), "code": old_code})
    assert late.status_code in {200, 422}
    assert families.run("SELECT 1 FROM family_session") == [], "the new number has to wait"
    assert families.run("SELECT 1 FROM contact WHERE phone_index IS NOT NULL") == []


@pytest.mark.parametrize("swapped", [True, False])
def test_one_code_is_not_enough_nor_are_they_exchangeable(
    client: TestClient, families: Families, family: Family, swapped: bool
) -> None:
    page = ask(client, family.reference)
    sent = codes(families)
    written = {"code": sent[TRUSTED], "trusted_code": sent[NEW]} if swapped else {"code": sent[NEW]}
    assert enter(client, page, **written).status_code == 422
    assert families.run("SELECT 1 FROM outbox WHERE routing_key = 'reports.set_contact'") == []


def test_five_wrong_tries_end_it(client: TestClient, families: Families, family: Family) -> None:
    page = ask(client, family.reference)
    sent = codes(families)
    for _ in range(5):
        enter(client, page, code="000000", trusted_code="000000")
    assert enter(client, page, code=sent[NEW], trusted_code=sent[TRUSTED]).status_code == 422


def test_a_family_that_came_in_by_its_old_number_goes_on_with_the_new_one(
    client: TestClient, families: Families, family: Family
) -> None:
    log_in(client, families, family)
    page = ask(client, family.reference)
    sent = codes(families)

    changed = enter(client, page, code=sent[NEW], trusted_code=sent[TRUSTED])

    assert "Your new phone number counts from now on" in changed.text
    ((body,),) = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.set_contact'")
    assert SetContact.model_validate_json(bytes(body)).is_confirmed_by_old


def test_pressed_twice_it_is_changed_once(client: TestClient, families: Families, family: Family) -> None:
    page, sent = ask(client, family.reference), codes(families)
    for _ in range(2):
        last = enter(client, page, code=sent[NEW], trusted_code=sent[TRUSTED])
    assert last.url.path == "/en/status/number/changed"
    assert len(families.run("SELECT 1 FROM outbox WHERE routing_key = 'reports.set_contact'")) == 1


def test_unknown_references_and_families_without_a_second_phone_are_answered_alike(
    client: TestClient, families: Families, family: Family
) -> None:
    alone = families.one(phone="+9647701230000")
    answers = [ask(client, reference) for reference in (family.reference, alone.reference, new_reference())]
    assert len({without_token(answer.text) for answer in answers}) == 1
    assert len([t for t in families.texts() if t.template is Template.OTP]) == 2
    assert len(families.run("SELECT 1 FROM phone_proof")) == 3


def test_a_second_phone_is_named_by_a_code_that_its_owner_reads_out(client: TestClient, families: Families) -> None:
    family = families.one()
    log_in(client, families, family)
    own = send(client, "/en/status/second", page="/en/status/second", phone=family.phone)
    assert own.status_code == 422
    asked = send(client, "/en/status/second", page="/en/status/second", phone=TRUSTED)
    tokens = {"csrf": field(asked.text, "csrf"), "request_id": field(asked.text, "request_id")}
    wrong = client.post("/en/status/second/confirm", data=tokens | {"code": "1"})
    assert wrong.status_code == 422
    client.post("/en/status/second/confirm", data=tokens | {"code": codes(families)[TRUSTED]})
    ((body,),) = families.run("SELECT body FROM outbox WHERE routing_key = 'reports.set_second_contact'")
    assert SetSecondContact.model_validate_json(bytes(body)).phone_index == keys().phone_index(TRUSTED)


def test_nobody_can_have_a_phone_texted_more_than_a_few_times_a_day(
    client: TestClient, families: Families, family: Family
) -> None:
    for _ in range(8):
        ask(client, family.reference)
    texted = [phone_of(t) for t in families.texts() if t.phone]
    assert max(texted.count(NEW), texted.count(TRUSTED)) == 3
