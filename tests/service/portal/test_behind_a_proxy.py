"""Families, an attacker and a stranger behind a real proxy: each counted by the address that the proxy saw.

Every machine of the loopback network 127.0.0.0/8 is this one, so that a client may come from any of its addresses.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.limits import ITEMS, Limit, address_index_of
from shared.references import new_reference, show_reference
from shared.settings import Settings
from tests.service.portal.families import Families, Family, code_in, field
from tests.service.portal.nginx import proxy_before
from tests.service.portal.serving import Served, served

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers for the whole loopback network"),
]

PIN = "482913"
CARRIER, ATTACKER, STRANGER, FAMILYS = "127.0.0.61", "127.0.0.66", "127.0.0.99", "127.0.0.7"
ClientAt = Callable[..., httpx.Client]


@pytest.fixture
def portal(config: Settings, sila_environment: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    """A portal that believes its proxy, and nobody else."""
    with served(config, sila_environment, tmp_path, SILA_TRUSTED_PROXIES="127.0.0.1") as portal:
        yield portal


@pytest.fixture
def client_at(portal: Served, tmp_path: Path) -> Iterator[ClientAt]:
    """`client_at("127.0.0.61")`: a browser at an address, before the proxy; `past_the_proxy` goes to the portal."""
    with ExitStack() as stack:
        proxy = stack.enter_context(proxy_before(portal.url, tmp_path))

        def make(address: str, *, past_the_proxy: bool = False) -> httpx.Client:
            url = portal.url if past_the_proxy else proxy
            transport = httpx.HTTPTransport(local_address=address)
            client = httpx.Client(base_url=url, transport=transport, follow_redirects=True, timeout=60)
            return stack.enter_context(client)

        yield make


def ask(client: httpx.Client, reference: str, **headers: str) -> Any:
    """Write a reference."""
    page = client.get("/en/status")
    return client.post("/en/status", data={"csrf": field(page.text, "csrf"), "reference": reference}, headers=headers)


def enter(client: httpx.Client, page: Any, **proof: str) -> Any:
    """Write a code or a PIN."""
    return client.post("/en/status/enter", data={"csrf": field(page.text, "csrf"), **proof})


def hits(families: Families, limit: Limit, address: str) -> int:
    """How often an address was counted."""
    key = f"%{limit}/{address_index_of(address)}/%"
    found = families.run("SELECT coalesce(sum(hits), 0) FROM limit_counter WHERE key ILIKE :key", key=key)
    return int(found[0][0])


def set_hits(families: Families, limit: Limit, address: str, hits: int) -> None:
    key = f"%{limit}/{address_index_of(address)}/%"
    assert families.run("UPDATE limit_counter SET hits = :hits WHERE key ILIKE :key RETURNING 1", hits=hits, key=key)


def test_sixty_one_families_of_one_carrier_address_all_get_in(client_at: ClientAt, families: Families) -> None:
    everybody = [families.one(pin=PIN if n % 2 else None, phone=f"+96477012{n:05d}") for n in range(61)]

    def gets_in(family: Family, *, by_pin: bool) -> bool:
        client = client_at(CARRIER)
        page = ask(client, family.reference)
        proof = {"pin": PIN} if by_pin else {"code": code_in(code_for(families, family))}
        return show_reference(family.reference) in enter(client, page, **proof).text

    with ThreadPoolExecutor(4) as pool:
        inside = list(pool.map(lambda n: gets_in(everybody[n], by_pin=n % 2 == 1), range(61)))
    assert inside == [True] * 61
    assert hits(families, Limit.REFERENCES_BY_ADDRESS, CARRIER) == 61 > ITEMS[Limit.REFERENCES_BY_ADDRESS].amount


def code_for(families: Families, family: Family) -> Any:
    """The text with a family's code."""
    return next(text for text in families.texts() if text.contact == family.contact)


def test_an_attacker_at_one_address_is_slowed_and_slows_nobody_else(client_at: ClientAt, families: Families) -> None:
    family = families.one(pin=PIN)
    attacker = client_at(ATTACKER)
    ask(attacker, new_reference())
    set_hits(families, Limit.REFERENCES_BY_ADDRESS, ATTACKER, ITEMS[Limit.REFERENCES_BY_ADDRESS].amount + 49)
    page = attacker.get("/en/status")

    def guess(_: int) -> tuple[int, float]:
        began = time.monotonic()
        sent = {"csrf": field(page.text, "csrf"), "reference": new_reference()}
        answer = attacker.post("/en/status", data=sent, follow_redirects=False)
        assert answer.status_code != 429 or int(answer.headers["retry-after"]) > 0
        return answer.status_code, time.monotonic() - began

    with ThreadPoolExecutor(24) as pool:
        guesses = pool.map(guess, range(24))
        began = time.monotonic()
        client = client_at(FAMILYS)
        assert show_reference(family.reference) in enter(client, ask(client, family.reference), pin=PIN).text
        familys_s = time.monotonic() - began
        answers = list(guesses)
    held = [seconds for status, seconds in answers if status == 303]
    assert len(held) == 8
    assert [status for status, _ in answers].count(429) == 16
    assert min(held) >= 5, "fifty beyond the limit wait for five seconds"
    assert familys_s < min(held)
    assert hits(families, Limit.REFERENCES_BY_ADDRESS, FAMILYS) == 1


def test_a_family_that_was_here_before_is_not_slowed_at_an_attackers_address(
    client_at: ClientAt, families: Families
) -> None:
    family, client = families.one(pin=PIN), client_at(ATTACKER)
    page = enter(client, ask(client, family.reference), pin=PIN)
    client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
    for limit in (Limit.REFERENCES_BY_ADDRESS, Limit.TRIES_BY_ADDRESS):
        set_hits(families, limit, ATTACKER, 100_000)
    began = time.monotonic()
    assert show_reference(family.reference) in enter(client, ask(client, family.reference), pin=PIN).text
    assert time.monotonic() - began < 8, "a stranger would have waited that long, twice"


def test_a_strangers_word_for_its_address_counts_for_nothing(client_at: ClientAt, families: Families) -> None:
    past = client_at(STRANGER, past_the_proxy=True)
    ask(past, new_reference(), **{"x-forwarded-for": CARRIER})
    through = client_at(STRANGER)
    ask(through, new_reference(), **{"x-forwarded-for": f"{CARRIER}, 127.0.0.1"})
    assert hits(families, Limit.REFERENCES_BY_ADDRESS, STRANGER) == 2
    assert hits(families, Limit.REFERENCES_BY_ADDRESS, CARRIER) == 0
