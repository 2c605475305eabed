"""A message's whole way: outbox, relay, a real broker, a nameko process, an inbox; and what may break on it."""

import signal
import threading
from uuid import uuid4

import pika
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.messaging import parked
from shared.messaging.outbox import publish, schedule, unschedule
from shared.messaging.relay import Relay
from shared.parts import Part
from shared.settings import Settings
from tests.probe.messages import Note
from tests.service.messaging.conftest import Processes
from tests.service.messaging.looking import rows, scalar
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("way")]


def write(db: Session, count: int, text: str = "x") -> None:
    for _ in range(count):
        publish(db, Note(note=uuid4(), text=text))
    db.commit()


def test_notes_go_through_once_and_the_outboxes_are_empty_after(
    relay: Relay, db: Session, probe: sa.Engine, reader: sa.Engine, start: Processes
) -> None:
    second = Relay(Part.MATCHING, relay.settings)  # a stand-by changes nothing
    thread = threading.Thread(target=second.run, daemon=True)
    thread.start()
    start("probe"), start("probe-reader")
    write(db, 500)
    assert eventually(lambda: scalar(reader, "SELECT count(*) FROM inbox") == 500)
    assert scalar(probe, "SELECT count(*) FROM note") == 500
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox") == 0)
    second.stop()
    thread.join(60)


def test_what_is_rolled_back_is_never_sent(relay: Relay, db: Session, probe: sa.Engine, start: Processes) -> None:
    start("probe")
    publish(db, Note(note=uuid4(), text="never"))
    db.rollback()
    db.info["outbox"].clear()
    write(db, 1, "sent")
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 1)
    assert rows(probe, "SELECT text FROM note") == [("sent",)]


def test_a_row_that_is_committed_late_is_sent_although_later_ones_went_before(
    relay: Relay, db: Session, probe: sa.Engine, start: Processes
) -> None:
    from shared.database import open_session

    start("probe")
    with open_session(probe) as slow:
        publish(slow, Note(note=uuid4(), text="late"))
        slow.connection()
        from shared.messaging.outbox import write_at_commit

        write_at_commit(slow)  # its row is written, its transaction stays open
        write(db, 50)
        assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 50)
        slow.commit()
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note WHERE text = 'late'") == 1)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_ends_in_the_middle_loses_and_repeats_nothing(
    relay: Relay, db: Session, probe: sa.Engine, start: Processes, signal_number: int
) -> None:
    first = start("probe")
    write(db, 3000)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") > 100)
    first.send_signal(signal_number)
    first.wait(60)
    start("probe")
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 3000, 120)
    assert scalar(probe, "SELECT count(*) FROM failed_message") == 0


def test_a_message_that_always_fails_is_retried_when_due_then_parked_and_replayed(
    relay: Relay, db: Session, probe: sa.Engine, settings: Settings, start: Processes
) -> None:
    start("probe")
    with probe.begin() as owner:
        owner.exec_driver_sql("ALTER TABLE note RENAME TO note_away")
    write(db, 3)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM failed_message WHERE state = 'parked'") == 3)
    assert rows(probe, "SELECT DISTINCT tries, sqlstate FROM failed_message") == [(3, "42P01")]
    with probe.begin() as owner:
        owner.exec_driver_sql("ALTER TABLE note_away RENAME TO note")
    with parked.connect(settings, Part.MATCHING) as connection:
        for message in list(parked.listed(connection)):
            parked.replay(connection, message.id)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 3)
    assert scalar(probe, "SELECT count(*) FROM failed_message") == 0


def test_what_is_scheduled_is_sent_when_due_and_not_when_taken_back(
    relay: Relay, db: Session, probe: sa.Engine, start: Processes
) -> None:
    from shared.database import now

    start("probe")
    schedule(db, Note(note=uuid4(), text="due"), now(db), "one")
    schedule(db, Note(note=uuid4(), text="taken back"), now(db), "two")
    unschedule(db, "two")
    db.commit()
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 1)
    assert rows(probe, "SELECT text FROM note") == [("due",)]
    assert scalar(probe, "SELECT count(*) FROM due_message") == 0


def test_an_unroutable_message_stays_and_blocks_nobody(
    relay: Relay, db: Session, probe: sa.Engine, settings: Settings, start: Processes
) -> None:
    start("probe")
    with probe.begin() as raw:
        raw.exec_driver_sql(
            "INSERT INTO outbox (message_id, exchange, routing_key, headers, body)"
            " VALUES (gen_random_uuid(), 'commands', 'nobody.hears', '{}', 'x')"
        )
    write(db, 20)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 20)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM outbox WHERE returned_at IS NOT NULL") == 1)


def test_a_malformed_message_from_the_wire_parks_and_good_ones_go_on(
    relay: Relay, db: Session, probe: sa.Engine, settings: Settings, start: Processes
) -> None:
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_url)) as connection:
        for body in (b"", b"\x00\xff", b"{}"):
            connection.channel().basic_publish("commands", "probe.note", body)
    write(db, 5)
    start("probe")
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM note") == 5)
    assert eventually(lambda: scalar(probe, "SELECT count(*) FROM failed_message WHERE state = 'parked'") == 3)
