"""P6: a handler with all that Sila promises, beside nameko's bare one and one that does the same by hand."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import uuid4

from shared.messaging.outbox import outbox_row
from shared.messaging.wire import headers_on_the_wire
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import QUEUE, Ground, await_that, running
from tests.bench.plain_pika import Pipelined, persistent
from tests.probe.messages import Note

OURS = ("tests.probe.service", "probe")
BY_HAND = ("tests.bench.nameko_handlers", "by_hand")
BARE = ("tests.bench.nameko_handlers", "bare")
MESSAGES = {OURS: 8_000, BARE: 6_000, BY_HAND: 1_500}
SINGLES = 120


def measure(ground: Ground) -> list[Figure]:
    """Messages a second, and how long a single one takes."""
    ways = {"ours": OURS, "peer": BY_HAND, "limit": BARE}
    rates = interleaved({way: lambda program=program: _rate(ground, program) for way, program in ways.items()})
    singles = interleaved(
        {"ours": lambda: _single(ground, OURS), "peer": lambda: _single(ground, BY_HAND)},
    )
    note = (
        "Ours and the peer write inbox, a row and an outbox row for each message."
        " Peer: nameko and a SQLModel transaction a message. Limit: nameko's handler that only acknowledges."
    )
    goal = Goal(to_limit=0.8, to_peer=3.5)
    single = Goal(to_peer=1.0, less_is_better=True)
    return [
        Figure("P6", "A handler, exactly once", "messages/s", goal, rates, note),
        Figure("P6/single", "A single message, published to committed", "ms", single, singles, note),
    ]


def _messages(program: tuple[str, str], count: int) -> Sequence[tuple[Any, bytes]]:
    """Ours with all that the relay sends along; the others' bare."""
    rows = [outbox_row(Note(note=uuid4()), datetime.now(UTC)) for _ in range(count)]
    return [(_properties(r) if program == OURS else persistent(str(r.id)), r.body) for r in rows]


def _properties(row: Any) -> Any:
    properties = persistent(str(row.id))
    properties.headers = headers_on_the_wire(row.headers, int(time.time() * 1e6))
    return properties


def _rate(ground: Ground, program: tuple[str, str]) -> float:
    """From a tenth to nine tenths of what was queued before the process started: its start is not counted."""
    ground.empty()
    count = MESSAGES[program]
    Pipelined(ground.settings.amqp_url, "commands", QUEUE, _messages(program, count)).run()
    with ground.channel() as channel, running(*program):

        def left() -> int:
            return channel.queue_declare(QUEUE, passive=True).method.message_count

        await_that(lambda: left() <= count * 0.9)
        first, started = left(), time.perf_counter()
        await_that(lambda: left() <= count * 0.1)
        rate = (first - left()) / (time.perf_counter() - started)
        await_that(lambda: program == BARE or _is_committed(ground, count))
    return rate


def _is_committed(ground: Ground, count: int) -> bool:
    with ground.connect() as db:
        found = db.execute("SELECT (SELECT count(*) FROM note), (SELECT count(*) FROM outbox)").fetchone()
        return found == (count, count)


def _single(ground: Ground, program: tuple[str, str]) -> float:
    """The median of messages sent one at a time, in milliseconds."""
    ground.empty()
    messages = _messages(program, SINGLES)
    taken: list[float] = []
    with ground.channel() as channel, ground.connect() as db, running(*program):
        await_that(lambda: channel.queue_declare(QUEUE, passive=True).method.consumer_count > 0)
        for number, (properties, body) in enumerate(messages):
            note = json.loads(body)["note"]
            started = time.perf_counter()
            channel.basic_publish("commands", QUEUE, body, properties)
            while db.execute("SELECT 1 FROM note WHERE id = %s", (note,)).fetchone() is None:
                if time.perf_counter() - started > 30:
                    raise TimeoutError("a single message did not arrive")
            if number >= SINGLES // 5:
                taken.append((time.perf_counter() - started) * 1000)
    return median(taken)
