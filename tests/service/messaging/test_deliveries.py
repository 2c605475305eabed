"""What a batch of deliveries means, against a real database and without a broker."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.database import open_session
from shared.messaging import parked
from shared.messaging.deliveries import DatabaseAway, Handler, Outcome, apply_batch
from shared.messaging.outbox import outbox_row
from shared.messaging.parking import RetryPlan
from shared.messaging.refusal import Unretryable
from shared.messaging.wire import Delivery
from shared.parts import Part
from shared.settings import Settings
from tests.probe.messages import Note, write_note
from tests.service.messaging.looking import rows, scalar

PLAN = RetryPlan((1, 1))
HANDLER = Handler("probe.note", {"note": Note}, write_note)


def a_delivery(text: str = "x", about: str = "", **changes: object) -> Delivery:
    row = outbox_row(Note(note=uuid4(), about=about, text=text), datetime.now(UTC))
    return Delivery(
        queue="probe.note",
        body=changes.get("body", row.body),  # pyright: ignore[reportArgumentType]
        headers={**json.loads(row.headers), **changes.get("headers", {})},  # pyright: ignore
        message_id=changes.get("message_id", str(row.id)),  # pyright: ignore[reportArgumentType]
    )


def apply(engine: sa.Engine, *deliveries: Delivery, handler: Handler = HANDLER) -> dict[str, int]:
    return apply_batch(lambda: open_session(engine), handler, deliveries, PLAN).counts


def retried(engine: sa.Engine, delivery: Delivery) -> Delivery:
    row = scalar(engine, f"SELECT id FROM failed_message WHERE message_id = '{delivery.id}'")
    return Delivery(delivery.queue, delivery.body, {**delivery.headers, "retry": row}, delivery.message_id)


def test_a_batch_is_applied_and_its_events_are_written_in_the_same_transaction(probe: sa.Engine) -> None:
    assert apply(probe, a_delivery(), a_delivery()) == {"applied": 2}
    assert scalar(probe, "SELECT count(*) FROM note") == 2
    assert scalar(probe, "SELECT count(*) FROM outbox WHERE routing_key = 'noted'") == 2


def test_a_repeated_message_changes_nothing(probe: sa.Engine) -> None:
    delivery = a_delivery()
    assert apply(probe, delivery, delivery) == {"applied": 1, "repeated": 1}
    assert apply(probe, delivery) == {"repeated": 1}
    assert scalar(probe, "SELECT count(*) FROM note") == 1


@pytest.mark.parametrize("text", ["fail", "break"])
def test_one_bad_message_costs_only_itself(probe: sa.Engine, text: str) -> None:
    assert apply(probe, a_delivery(), a_delivery(text), a_delivery()) == {"applied": 2, "to_retry": 1}
    assert scalar(probe, "SELECT count(*) FROM note") == 2
    assert rows(probe, "SELECT state, tries FROM failed_message") == [("retrying", 1)]


def test_a_refusal_is_answered_and_its_neighbours_stay(probe: sa.Engine) -> None:
    refused = a_delivery("refuse")
    assert apply(probe, a_delivery(), refused, a_delivery()) == {"applied": 2, "refused": 1}
    [(headers, body)] = rows(probe, "SELECT headers, body FROM outbox WHERE routing_key = 'note_refused'")
    assert headers["correlation"] == str(refused.id)
    assert json.loads(bytes(body))["reason"] == "not_welcome"
    assert scalar(probe, "SELECT count(*) FROM failed_message") == 0


def test_a_refusal_after_writing_is_a_failure(probe: sa.Engine) -> None:
    def late(db: Session, message: Note) -> None:
        write_note(db, message)
        write_note(db, message.model_copy(update={"text": "refuse"}).received_in(message.envelope))

    assert apply(probe, a_delivery(), handler=Handler("probe.note", {"note": Note}, late)) == {"to_retry": 1}
    assert rows(probe, "SELECT error_type FROM failed_message") == [("RefusedTooLate",)]
    assert scalar(probe, "SELECT count(*) FROM note") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"body": b"{"},
        {"body": b"\xff\xfe"},
        {"body": b'{"note": "no"}'},
        {"headers": {"kind": "unheard_of"}},
        {"headers": {"version": 99}},
        {"headers": {"at": "yesterday"}},
        {"message_id": None},
        {"message_id": "17"},
    ],
    ids=str,
)
def test_a_malformed_message_is_parked_at_once_and_stays_so_when_repeated(
    probe: sa.Engine, changes: dict[str, object]
) -> None:
    bad = a_delivery(**changes)
    assert apply(probe, a_delivery(), bad) == {"applied": 1, "parked": 1}
    assert apply(probe, bad) == {"repeated": 1}
    assert scalar(probe, "SELECT count(*) FROM failed_message WHERE state = 'parked'") == 1


def test_after_the_last_try_a_message_is_parked_with_its_error_sealed(probe: sa.Engine, settings: Settings) -> None:
    bad = a_delivery("fail")
    assert apply(probe, bad) == {"to_retry": 1}
    assert apply(probe, retried(probe, bad)) == {"to_retry": 1}
    assert apply(probe, retried(probe, bad)) == {"parked": 1}
    with parked.connect(settings, Part.MATCHING) as db:
        [message] = parked.listed(db)
    assert (message.tries, message.error_type, message.error) == (3, "RuntimeError", "told to")
    assert "told to" not in message.sealed_error
    assert "write_note" in message.frames


def test_what_no_retry_can_mend_is_parked_at_once(probe: sa.Engine) -> None:
    def hopeless(db: Session, message: Note) -> None:
        raise Unretryable

    assert apply(probe, a_delivery(), handler=Handler("probe.note", {"note": Note}, hopeless)) == {"parked": 1}


def test_a_parked_message_is_replayed_as_itself_and_applied_once(probe: sa.Engine, settings: Settings) -> None:
    bad = a_delivery("fail", headers={"version": 99})
    apply(probe, bad)
    mended = Delivery(bad.queue, a_delivery().body, {**bad.headers, "version": 1}, bad.message_id)
    with parked.connect(settings, Part.MATCHING) as db:
        [message] = parked.listed(db)
        parked.replay(db, message.id)
    again = retried(probe, bad)
    again = Delivery(again.queue, mended.body, {**mended.headers, "retry": again.retry_of}, again.message_id)
    assert apply(probe, again) == {"applied": 1}
    assert apply(probe, again, bad) == {"repeated": 2}
    assert scalar(probe, "SELECT count(*) FROM failed_message") == 0


def test_later_messages_of_a_key_wait_behind_one_that_failed(probe: sa.Engine) -> None:
    first, second, other = a_delivery("fail", "k"), a_delivery("second", "k"), a_delivery("other", "j")
    assert apply(probe, first) == {"to_retry": 1}
    assert apply(probe, second, other) == {"kept_waiting": 1, "applied": 1}
    mended = Handler("probe.note", {"note": Note}, lambda db, m: write_note(db, m.model_copy(update={"text": "ok"})))
    assert apply(probe, retried(probe, first), handler=mended) == {"applied": 1}
    assert rows(probe, "SELECT state FROM failed_message") == [("retrying",)]
    assert apply(probe, retried(probe, second)) == {"applied": 1}
    assert scalar(probe, "SELECT count(*) FROM note") == 3


def test_in_one_batch_too_a_later_message_of_a_key_waits(probe: sa.Engine) -> None:
    counts = apply(probe, a_delivery("fail", "k"), a_delivery("second", "k"))
    assert counts == {"to_retry": 1, "kept_waiting": 1}


def test_behind_a_parked_message_the_key_goes_on(probe: sa.Engine) -> None:
    first, second = a_delivery("fail", "k"), a_delivery("second", "k")
    apply(probe, first, second)
    for _ in range(2):
        apply(probe, retried(probe, first))
    assert rows(probe, "SELECT state FROM failed_message ORDER BY id") == [("parked",), ("retrying",)]


def test_a_discarded_message_that_comes_back_is_not_tried(probe: sa.Engine, settings: Settings) -> None:
    bad = a_delivery(headers={"version": 99})
    apply(probe, bad)
    again = retried(probe, bad)
    with parked.connect(settings, Part.MATCHING) as db:
        parked.discard(db, again.retry_of or 0)
        with pytest.raises(LookupError):
            parked.discard(db, again.retry_of or 0)
    assert apply(probe, again) == {"repeated": 1}


@pytest.mark.parametrize("days", [-2, 2])
def test_a_clock_that_jumps_neither_hurries_nor_delays_a_further_try(probe: sa.Engine, days: int) -> None:
    def jumped() -> datetime:
        return datetime.now(UTC) + timedelta(days=days)

    bad = a_delivery("fail")
    for delivery in (bad, a_delivery("x")):
        apply_batch(lambda: open_session(probe, jumped), HANDLER, [delivery], PLAN)
    assert scalar(probe, "SELECT count(*) FROM note") == 1
    [(state, tries, due_in)] = rows(
        probe, "SELECT state, tries, extract(epoch FROM due_at - clock_timestamp()) FROM failed_message"
    )
    assert (state, tries) == ("retrying", 1)
    assert -30 < due_in < 2
    assert apply(probe, bad) == {"repeated": 1}


def test_while_the_database_is_away_nothing_is_decided(settings: Settings) -> None:
    nowhere = sa.create_engine("postgresql+psycopg://sila:x@127.0.0.1:1/nothing", connect_args={"connect_timeout": 2})
    with pytest.raises(DatabaseAway):
        apply_batch(lambda: open_session(nowhere), HANDLER, [a_delivery()], PLAN)


def test_outcomes_add_up() -> None:
    total, more = Outcome({"applied": 2}), Outcome({"applied": 1, "parked": 1})
    total.merge(more)
    assert total.counts == {"applied": 3, "parked": 1}
