"""What the broker says of queues: how many wait, who reads them, and what is said where it is away."""

import pika
import pytest

from shared.messaging.liveness import BrokerState, broker_state
from shared.parts import Part
from shared.settings import Settings
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("way")]


def test_a_queue_that_nobody_reads_shows_what_waits_in_it(settings: Settings, topology: None) -> None:
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_url)) as connection:
        for _ in range(3):
            connection.channel().basic_publish("commands", "probe.note", b"{}")

    def state() -> list[tuple[int, int]]:
        return [(q.depth, q.readers) for q in broker_state(settings).queues if q.name == "probe.note"]

    assert eventually(lambda: state() == [(3, 0)])
    assert broker_state(settings).parts["probe"] is False


def test_where_the_broker_is_away_nothing_is_there(settings: Settings) -> None:
    away = settings.model_copy(update={"amqp_url": "amqp://nobody:x@127.0.0.1:1/"})
    assert broker_state(away) == BrokerState()
    assert set(broker_state(away).parts.values()) == {False}
    assert f"relay.{Part.PORTAL}" in broker_state(away).parts
