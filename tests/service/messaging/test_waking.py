"""A row in the outbox wakes the relay where it sleeps, however it was written, and lets it be where it is awake."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.database import now
from shared.messaging import parked
from shared.messaging.outbox import outbox_row, publish, write_after, write_parameters
from shared.messaging.relay import Relay
from shared.messaging.waking import ASLEEP, AWAKE
from shared.parts import Part
from shared.settings import Settings
from tests.probe.messages import Note
from tests.service.messaging.looking import rows, scalar
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("waking")]

Connection = psycopg.Connection[tuple[Any, ...]]
SAYS_AWAKE = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7364618 AND mode = 'ExclusiveLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@pytest.fixture
def relays_place(settings: Settings, probe: sa.Engine) -> Iterator[Connection]:
    """A connection in the place of the relay's, which listens."""
    with parked.connect(settings, Part.MATCHING) as connection:
        connection.execute("LISTEN outbox")
        yield connection


def heard(connection: Connection) -> int:
    """How many notifications came in. One that was sent has arrived with the answer to a later statement."""
    connection.execute("SELECT 1")
    return len(list(connection.notifies(timeout=0)))


def one(db: Session) -> None:
    publish(db, Note(note=uuid4()))
    db.commit()


def many(db: Session) -> None:
    for _ in range(50):
        publish(db, Note(note=uuid4()))
    db.commit()


def with_a_row(db: Session) -> None:
    note = uuid4()
    statement = write_after("INSERT INTO note (id, text) VALUES (%(note)s, 'x') RETURNING id::text AS key")
    told = write_parameters([outbox_row(Note(note=note), now(db))])
    db.connection().exec_driver_sql(statement, {"note": note, "keys": [str(note)], **told})
    db.commit()


def by_hand(db: Session) -> None:
    db.connection().exec_driver_sql(
        "INSERT INTO outbox (message_id, exchange, routing_key, headers, body)"
        " VALUES (gen_random_uuid(), 'commands', 'probe.note', '{}', 'x')"
    )
    db.commit()


@pytest.mark.parametrize("write", [one, many, with_a_row, by_hand])
def test_a_row_wakes_a_relay_that_sleeps_and_no_other(
    db: Session, probe: sa.Engine, relays_place: Connection, write: Callable[[Session], None]
) -> None:
    write(db)
    assert heard(relays_place) == 1  # a transaction's notifications are one
    assert relays_place.execute(AWAKE).fetchone() == (True,)
    write(db)
    assert heard(relays_place) == 0
    assert relays_place.execute(ASLEEP).fetchone() == (True,)
    write(db)
    assert heard(relays_place) == 1
    assert rows(probe, "SELECT DISTINCT woke_relay FROM outbox ORDER BY 1") == [(True,), (None,)]


def test_a_relay_that_died_awake_leaves_nobody_silent(
    db: Session, settings: Settings, relays_place: Connection
) -> None:
    with parked.connect(settings, Part.MATCHING) as other:
        assert other.execute(AWAKE).fetchone() == (True,)
        pid = other.info.backend_pid
        relays_place.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    one(db)
    assert heard(relays_place) == 1


def test_a_relay_says_that_it_is_awake_while_there_is_much_to_carry_and_sleeps_after(
    db: Session, probe: sa.Engine, relay: Relay
) -> None:
    for _ in range(3000):
        publish(db, Note(note=uuid4()))
    db.commit()
    assert eventually(lambda: scalar(probe, SAYS_AWAKE), pause_s=0.005)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    assert eventually(lambda: not scalar(probe, SAYS_AWAKE))
    one(db)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0, 0.9)  # sooner than it looks by itself
