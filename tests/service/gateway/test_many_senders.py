"""Several senders on one database, with the carrier's words coming in meanwhile: each phone once, and nobody waits in a
circle."""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from shared.messages.gateway import RecordDelivery
from tests.service.carrier_simulator import Receiver, Simulator, running_simulator
from tests.service.gateway.builders import Gateway, a_number
from tests.service.gateway.test_killed_sender import received, sender_process
from tests.waiting import eventually

TEXTS = 600


@pytest.fixture(scope="module")
def portal_door() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def running_carrier(tmp_path_factory: pytest.TempPathFactory, portal_door: Receiver) -> Iterator[Simulator]:
    folder: Path = tmp_path_factory.mktemp("simulator")
    with running_simulator(folder, portal_door.url, "--pace", "0.2") as running:
        yield running


def passed_on(gateway: Gateway, door: Receiver, stop: threading.Event) -> None:
    """What the portal does: each callback becomes a message; here up to 100 in a transaction."""
    seen = 0
    while not stop.is_set() or seen < len(door.calls):
        calls = door.calls[seen : seen + 100]
        seen += len(calls)
        told = [
            RecordDelivery(
                carrier_id=call.fields["MessageSid"],
                text=UUID(parse_qs(call.query)["text"][0]),
                status=call.fields["MessageStatus"],
            )
            for call in calls
        ]
        if told:
            gateway.hear(*told)
        else:
            stop.wait(0.02)


def test_each_phone_once_and_every_delivery_known(
    gateway: Gateway, simulator: Simulator, portal_door: Receiver
) -> None:
    simulator.put("/simulator/behaviour", pace=0.2)
    numbers = [a_number() for _ in range(TEXTS)]
    contacts = [gateway.know(n) for n in numbers]
    stop = threading.Event()
    portals = [threading.Thread(target=passed_on, args=(gateway, portal_door, stop)) for _ in range(2)]
    for portal in portals:
        portal.start()
    address = {"SILA_BASE_URL": portal_door.url}
    try:
        with sender_process(gateway, **address), sender_process(gateway, **address):
            for start in range(0, TEXTS, 100):
                gateway.notify(contacts[start : start + 100])
            delivered = "SELECT count(*) AS n FROM outgoing_text WHERE carrier_status = 'delivered'"
            assert eventually(lambda: gateway.rows(delivered)[0].n == TEXTS, limit_s=90)
    finally:
        stop.set()
        for portal in portals:
            portal.join(timeout=60)
    assert sorted(received(gateway, numbers)) == sorted(numbers)
    assert gateway.states() == {"handed_over": TEXTS}
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert gateway.rows(deadlocks)[0].deadlocks == 0
