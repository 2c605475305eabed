"""A moment at which all databases tell one story: a message is in its sender's outbox or in its consumer's inbox, and
no copy is ahead of its owner.

The relays are held for some seconds, so that the broker runs empty; then every database's outbox and inbox stand still
together for an instant, in which a snapshot of each is taken. The parts go on running and only wait.
"""

import time
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import pika
import psycopg
from pika.exceptions import AMQPError

from infra.keeping.databases import connect
from infra.keeping.progress import Step
from shared.messages.subscriptions import all_queues
from shared.messaging.relay_sql import LOCK
from shared.parts import Part
from shared.settings import Settings

LOOKS = 3
LOOK_EVERY_S = 0.5
TRIES = 5

# Who holds a relay's lock is the active relay; without its connection it stands by like the others.
SEND_OFF = """
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
  AND starts_with(a.application_name, 'sila-relay-')
"""
STAND_STILL = "LOCK TABLE inbox, outbox IN SHARE MODE"

Connection = psycopg.Connection[Any]


class NoCut(Exception):
    """No moment was found at which all databases stood still together; or a relay did not give its lock up."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A snapshot of each database, open on a connection of its own, and the messages that were in the broker (None:
    it did not answer)."""

    snapshots: dict[Part, str]
    databases: dict[Part, Connection]
    in_broker: int | None


@contextmanager
def consistent_cut(settings: Settings, step: Step, drain_s: float) -> Generator[Cut]:
    """Snapshots of all databases at one moment, valid inside the block. Raises NoCut."""
    with ExitStack() as stack:
        databases = {p: stack.enter_context(connect(settings, p, autocommit=False)) for p in Part}
        with _relays_held(settings, step):
            step.say("waits for the broker to run empty")
            in_broker = _drained(settings, drain_s)
            step.say("takes a snapshot of each database")
            with _standing_still(settings):
                snapshots = {part: _snapshot(db) for part, db in databases.items()}
        step.say("")
        yield Cut(snapshots, databases, in_broker)


@contextmanager
def _relays_held(settings: Settings, step: Step) -> Generator[None]:
    step.say("holds the relays")
    with ExitStack() as stack:
        for part in Part:
            _hold_relay(stack.enter_context(connect(settings, part)))
        yield


def _hold_relay(db: Connection, within_s: float = 20) -> None:
    """Take the place of the active relay, and publish nothing."""
    end = time.monotonic() + within_s
    while not _is_true(db, LOCK):
        if time.monotonic() > end:
            raise NoCut("a relay did not give its lock up")
        db.execute(SEND_OFF)
        time.sleep(0.02)


def _is_true(db: Connection, statement: LiteralString) -> bool:
    row = db.execute(statement).fetchone()
    return bool(row and row[0])


def _drained(settings: Settings, within_s: float) -> int | None:
    """Wait until no queue has a message, several looks long. Returns how many there still are; None: no answer."""
    end, empty_looks = time.monotonic() + within_s, 0
    try:
        with pika.BlockingConnection(pika.URLParameters(settings.amqp_url)) as connection:
            while True:
                waiting = _waiting(connection, (queue.name for queue in all_queues()))
                empty_looks = 0 if waiting else empty_looks + 1
                if empty_looks >= LOOKS or time.monotonic() > end:
                    return waiting
                connection.sleep(LOOK_EVERY_S)
    except (AMQPError, OSError):
        return None


def _waiting(connection: pika.BlockingConnection, queues: Iterable[str]) -> int:
    channel = connection.channel()
    waiting = sum(channel.queue_declare(queue, passive=True).method.message_count for queue in queues)
    channel.close()
    return waiting


@contextmanager
def _standing_still(settings: Settings) -> Generator[None]:
    """No transaction that has taken or written a message is open, and none begins to."""
    for _ in range(TRIES):
        with ExitStack() as stack:
            try:
                for part in Part:
                    _stand_still(stack.enter_context(connect(settings, part, autocommit=False)))
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                continue
            yield
            return
    raise NoCut("a long transaction kept a database moving")


def _stand_still(db: Connection) -> None:
    db.execute("SET LOCAL lock_timeout = '5s'")
    db.execute(STAND_STILL)


def _snapshot(db: Connection) -> str:
    db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    db.read_only = True
    row = db.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])
