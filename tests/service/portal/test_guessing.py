"""An attacker at the family's door, at any number of addresses: what it can have sent, what is left to a family."""

import pytest
from starlette.testclient import TestClient

from portal.limits import ITEMS, Limit
from portal.one_time_codes import MOST_TRIES
from shared.references import new_reference, show_reference
from shared.sealing import keys
from tests.service.portal.families import Families, code_in, field, log_in, send

ADDRESSES = 40


@pytest.fixture
def strangers(client: TestClient) -> list[TestClient]:
    """Many browsers, each at an address of its own."""
    browsers = [
        TestClient(client.app, base_url="http://127.0.0.1:8000", client=(f"10.0.0.{n}", 1)) for n in range(ADDRESSES)
    ]
    for browser in browsers:
        browser.portal = client.portal
    return browsers


def ask(client: TestClient, reference: str):
    return send(client, "/en/status", page="/en/status", reference=reference)


def test_a_guess_at_a_code_that_nobody_was_sent_opens_nothing(
    client: TestClient, families: Families, strangers: list[TestClient]
) -> None:
    family = families.one()
    for stranger in strangers[:6]:
        page = ask(stranger, family.reference)
    assert families.run("SELECT count(*) FROM challenge WHERE is_sent") == [(5,)]
    unsent = families.run("SELECT convert_from(body, 'utf8')::json -> 'sealed_values' ->> 'code' FROM unsent_code")
    right = keys().unseal_as_gateway(unsent[0][0])
    answer = strangers[5].post("/en/status/enter", data={"csrf": field(page.text, "csrf"), "code": right})
    assert answer.status_code == 422


def test_whatever_addresses_it_has_an_attacker_gets_a_days_tries_and_no_more(
    families: Families, strangers: list[TestClient]
) -> None:
    family = families.one()
    for hour in range(4):
        families.run("DELETE FROM limit_counter WHERE key ILIKE '%/1/hour'")
        for stranger in strangers[hour * 8 : hour * 8 + 8]:
            ask(stranger, family.reference)
    sent = families.run("SELECT count(*) FROM challenge WHERE is_sent")[0][0]
    assert 5 < sent == len(families.texts()) <= ITEMS[Limit.CODES_FOR_CASE_DAILY].amount
    assert sent * MOST_TRIES / 10**6 <= 1e-4


def test_a_phone_with_many_cases_is_texted_no_oftener(families: Families, strangers: list[TestClient]) -> None:
    for stranger in strangers[:12]:
        families.run("DELETE FROM limit_counter WHERE key ILIKE '%/1/hour'")
        ask(stranger, families.one().reference)
        ask(stranger, families.one().reference)
    assert len(families.texts()) == ITEMS[Limit.CODES_FOR_PHONE_DAILY].amount


def test_a_family_in_its_own_browser_gets_its_code_while_strangers_have_used_up_theirs(
    client: TestClient, families: Families, strangers: list[TestClient]
) -> None:
    family = families.one()
    page = log_in(client, families, family)
    client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
    for stranger in strangers[:8]:
        ask(stranger, family.reference)
    families.run("UPDATE limit_counter SET hits = 99999 WHERE key ILIKE '%everywhere%' OR key ILIKE '%by_address%'")
    before = len(families.texts())
    page = ask(client, family.reference)
    assert len(families.texts()) == before + 1
    entered = client.post(
        "/en/status/enter", data={"csrf": field(page.text, "csrf"), "code": code_in(families.texts()[-1])}
    )
    assert show_reference(family.reference) in entered.text


def test_made_up_references_use_up_nothing_of_the_systems_codes(
    client: TestClient, families: Families, strangers: list[TestClient]
) -> None:
    for stranger in strangers[:3]:
        ask(stranger, new_reference())
    family = families.one()
    ask(client, family.reference)
    ((hits,),) = families.run("SELECT hits FROM limit_counter WHERE key ILIKE '%codes_everywhere/all%'")
    assert hits == 1
