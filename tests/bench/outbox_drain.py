"""P4/drain: how fast the relay empties a backlog, beside publishing the same messages without an outbox."""

import time
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

from shared.messaging.outbox import outbox_row
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import QUEUE, Ground, await_that, running
from tests.bench.plain_pika import Pipelined, one_by_one, persistent
from tests.probe.messages import Note

BACKLOG, TENTH = 100_000, 10_000
FEWER = 1_500
COLUMNS = "message_id, exchange, routing_key, headers, body"


def measure(ground: Ground) -> list[Figure]:
    """Messages a second."""
    repeats = interleaved(
        {
            "ours": lambda: _relayed(ground, BACKLOG),
            "tenth": lambda: _relayed(ground, TENTH),
            "peer": lambda: _confirmed_each(ground),
            "limit": lambda: _piped(ground),
        }
    )
    each = {"ours": [1e6 / r for r in repeats["ours"]], "limit": [1e6 / r for r in repeats.pop("tenth")]}
    note = (
        f"A backlog of {BACKLOG:,}, from the first message in the queue until the outbox is empty."
        " Peer: a confirm waited for each. Limit: pipelined confirms, bare properties, no outbox."
    )
    goal, growth = Goal(to_limit=0.5), Goal(to_limit=1.3, less_is_better=True)
    grown = {"ours": [(TENTH, median(each["limit"])), (BACKLOG, median(each["ours"]))]}
    title = "Each message's cost in a backlog ten times as long"
    return [
        Figure("P4/drain", "The relay empties a backlog", "messages/s", goal, repeats, note),
        Figure("P4/drain/growth", title, "µs", growth, each, f"Limit: in a backlog of {TENTH:,}.", grown),
    ]


def _relayed(ground: Ground, backlog: int) -> float:
    ground.empty()
    _fill(ground, backlog)
    with ground.channel() as channel, ground.connect() as db, running("tests.bench.relaying"):

        def arrived() -> int:
            return channel.queue_declare(QUEUE, passive=True).method.message_count

        await_that(lambda: arrived() > 0, pause_s=0.002)
        started = time.perf_counter()
        await_that(lambda: arrived() >= backlog, pause_s=0.02)
        await_that(lambda: db.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is None)
        seconds = time.perf_counter() - started
        assert arrived() == backlog
    return backlog / seconds


def _fill(ground: Ground, backlog: int) -> None:
    with ground.connect() as db, db.cursor().copy(f"COPY outbox ({COLUMNS}) FROM STDIN") as copy:
        for _ in range(backlog):
            row = outbox_row(Note(note=uuid4()), datetime.now(UTC))
            copy.write_row((row.id, row.exchange, row.routing_key, row.headers, row.body))


def _messages(count: int) -> list[tuple[object, bytes]]:
    return [(persistent(str(uuid4())), Note(note=uuid4()).model_dump_json().encode()) for _ in range(count)]


def _piped(ground: Ground) -> float:
    ground.empty()
    return BACKLOG / Pipelined(ground.settings.amqp_url, "commands", QUEUE, _messages(BACKLOG)).run()


def _confirmed_each(ground: Ground) -> float:
    ground.empty()
    with ground.channel() as channel:
        return FEWER / one_by_one(channel, "commands", QUEUE, _messages(FEWER))
