"""What may break on a message's way: the broker killed, a relay killed or frozen, writers that are slow to commit.

Each has its own broker or its own processes: nobody else's stand on them.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pika
import psycopg
import pytest
import sqlalchemy as sa

from infra.local.ports import free_ports
from infra.local.rabbitmq import Node, Ports
from shared import metrics
from shared.database import open_session
from shared.messaging.outbox import publish, write_at_commit
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.parts import Part
from shared.settings import Settings
from tests.chaos.proxy import Lines
from tests.probe.messages import Note
from tests.service.messaging.conftest import Processes
from tests.service.messaging.looking import rows, scalar
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("way")]
WRITERS, EACH = 8, 60


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[Node]:
    """A broker that this test alone uses, and may kill."""
    node = Node(tmp_path / "rabbitmq", Ports.free())
    node.start()
    yield node
    node.stop()


def a_relay(settings: Settings) -> tuple[Relay, threading.Thread]:
    relay = Relay(Part.MATCHING, settings)
    thread = threading.Thread(target=relay.run, daemon=True)
    thread.start()
    return relay, thread


def write(engine: sa.Engine, count: int) -> None:
    with open_session(engine) as db:
        for _ in range(count):
            publish(db, Note(note=uuid4()))
        db.commit()


def test_a_broker_that_is_killed_is_found_again_by_everybody(
    probe: sa.Engine, settings: Settings, start: Processes, own_node: Node
) -> None:
    declare(own_node.url())
    relay, thread = a_relay(settings.model_copy(update={"amqp_url": own_node.url()}))
    start("probe", SILA_AMQP_URL=own_node.url())
    write(probe, 10)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 10)
    own_node.kill()
    write(probe, 200)
    own_node.start()
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 210, 120)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    relay.stop()
    thread.join(60)


def test_a_broker_whose_disk_is_full_takes_nothing_and_nothing_breaks(
    probe: sa.Engine, settings: Settings, start: Processes, own_node: Node
) -> None:
    declare(own_node.url())
    relay, thread = a_relay(settings.model_copy(update={"amqp_url": own_node.url()}))
    blocked = metrics.broker_blocked.labels(Part.MATCHING)
    assert eventually(lambda: relay.carrier is not None)
    own_node.control("set_disk_free_limit", "1000000GB")
    write(probe, 50)
    assert eventually(lambda: blocked._value.get() == 1)
    write(probe, 50)
    assert scalar(probe, "SELECT count(*) FROM outbox") > 50
    own_node.control("set_disk_free_limit", "100MB")
    start("probe", SILA_AMQP_URL=own_node.url())
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 100)
    assert blocked._value.get() == 0
    relay.stop()
    thread.join(60)


def test_connections_whose_packets_vanish_are_replaced_within_the_heartbeats_time(
    probe: sa.Engine, topology: None, settings: Settings, start: Processes, silent_line: tuple[Lines, str]
) -> None:
    """No socket closes and nobody is told: a missing heartbeat is all there is to go by (celery/kombu #670)."""
    lines, url = silent_line
    relay, thread = a_relay(settings.model_copy(update={"amqp_url": url}))
    start("probe", SILA_AMQP_URL=url)
    write(probe, 1)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 1)
    assert lines.silence("broker") == 2  # the relay's and the consumer's
    write(probe, 10)
    pika_notices_s = 2 * (settings.heartbeat_s + 5)  # it looks every heartbeat and five seconds, and must miss one
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 11, pika_notices_s + 10)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    relay.stop()
    thread.join(60)


@pytest.fixture
def silent_line(settings: Settings) -> Iterator[tuple[Lines, str]]:
    """A line to the broker that can swallow what is sent, and its URL."""
    lines, (port,) = Lines(), free_ports(1)
    target = urlsplit(settings.amqp_url)
    assert target.port
    lines.add("broker", port, target.port)
    yield lines, settings.amqp_url.replace(f":{target.port}/", f":{port}/")
    lines.stop()


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP])
def test_where_the_active_relay_dies_or_freezes_a_stand_by_takes_over(
    probe: sa.Engine, topology: None, settings: Settings, signal_number: int
) -> None:
    first = _relay_process()
    assert eventually(lambda: _holders(settings) != [])
    [held_by_first] = _holders(settings)
    relay, thread = a_relay(settings)
    first.send_signal(signal_number)
    write(probe, 50)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    assert _holders(settings) not in ([], [held_by_first])
    first.kill()
    first.wait()
    relay.stop()
    thread.join(60)


def _relay_process() -> subprocess.Popen[bytes]:
    code = (
        "from shared.messaging.relay import Relay; from shared.parts import Part; from shared.settings import settings;"
        "Relay(Part.MATCHING, settings()).run()"
    )
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], env=dict(os.environ))


def _holders(settings: Settings) -> list[int]:
    """The server processes that hold the relay's lock: one at most."""
    url = settings.database_of(Part.MATCHING).replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as db:
        found = db.execute(
            "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.objid = 7364617 AND l.granted AND d.datname = current_database()"
        ).fetchall()
    return [pid for (pid,) in found]


def test_rows_of_many_slow_writers_are_each_sent_once_while_relays_come_and_go(
    probe: sa.Engine, topology: None, settings: Settings
) -> None:
    """Writers pause between writing and committing, so that rows become visible long after later ones."""
    writers = [threading.Thread(target=_write_slowly, args=(probe, seed)) for seed in range(WRITERS)]
    for thread in writers:
        thread.start()
    restarts = 0
    while any(t.is_alive() for t in writers):
        relay, thread = a_relay(settings)
        assert eventually(lambda: _holders(settings) != [])
        writers[restarts % WRITERS].join(1)
        relay.stop()
        thread.join(60)
        restarts += 1
    relay, thread = a_relay(settings)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    relay.stop()
    thread.join(60)
    sent = _message_ids(settings)
    assert restarts >= 2
    assert len(set(sent)) == WRITERS * EACH
    assert len(sent) == len(set(sent))  # stopped in order, a relay repeats nothing either


def _write_slowly(engine: sa.Engine, seed: int) -> None:
    chance, pause = random.Random(seed), threading.Event()
    for _ in range(EACH):
        with open_session(engine) as db:
            publish(db, Note(note=uuid4()))
            write_at_commit(db)
            pause.wait(chance.choice((0, 0, 0.01, 0.1, 0.4)))
            db.commit()


def _message_ids(settings: Settings) -> list[str]:
    ids: list[str] = []
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, _ = channel.basic_get("probe.note", auto_ack=True)
            if method is None or properties is None:
                return ids
            ids.append(str(properties.message_id))


def test_under_steady_writing_a_row_below_the_floor_is_found(
    probe: sa.Engine, topology: None, settings: Settings
) -> None:
    """One that was refused by the broker or slipped under the floor must not wait for a quiet moment."""
    relay, thread = a_relay(settings)
    write(probe, 20)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    done = threading.Event()
    steady = threading.Thread(target=lambda: [write(probe, 1) for _ in iter(lambda: done.wait(0.01), True)])
    steady.start()
    with probe.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO outbox (id, message_id, exchange, routing_key, headers, body) OVERRIDING SYSTEM VALUE"
            " VALUES (1, gen_random_uuid(), 'commands', 'probe.note', '{}', 'x')"
        )
    assert eventually(lambda: rows(probe, "SELECT id FROM outbox WHERE id = 1") == [])
    done.set()
    steady.join()
    relay.stop()
    thread.join(60)
