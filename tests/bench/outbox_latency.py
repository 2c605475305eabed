"""P4: how long a message takes from its transaction's commit to a consumer, at 300 a second."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from tests.bench import polling
from tests.bench.figures import Figure, Goal, Repeats, interleaved
from tests.bench.ground import QUEUE, Ground, await_that, running
from tests.bench.plain_pika import note_arrivals, persistent
from tests.probe.messages import Note

A_SECOND = 300
MESSAGES = 1000
WARMING = 100
Sender = Callable[[], tuple[str, float]]
"""Sends one message; answers its id and the moment before it was on its way."""


def measure(ground: Ground) -> list[Figure]:
    """The median and the 99th percentile."""
    tails: list[dict[str, float]] = []

    def run(way: Callable[[Ground], dict[str, float]]) -> float:
        tails.append(way(ground))
        return tails[-1]["p50"]

    ways = {"ours": _through_the_outbox, "peer": _polled, "limit": _direct}
    middles = interleaved({name: lambda way=way: run(way) for name, way in ways.items()})
    highs: Repeats = {name: [t["p99"] for t in tails[n :: len(ways)]] for n, name in enumerate(ways)}
    goal = Goal(to_limit=3, less_is_better=True)
    note = "Peer: an outbox polled every 100 ms. Limit: published directly, without outbox and without confirms."
    return [
        Figure("P4", "Outbox, commit to consumer at 300/s: median", "ms", goal, middles, note),
        Figure("P4/p99", "Outbox, commit to consumer at 300/s: 99th percentile", "ms", goal, highs, note),
    ]


def _through_the_outbox(ground: Ground) -> dict[str, float]:
    return _by_outbox(ground, "tests.bench.relaying", _relay_is_there)


def _polled(ground: Ground) -> dict[str, float]:
    return _by_outbox(ground, "tests.bench.polling", _poller_is_there)


def _by_outbox(ground: Ground, module: str, is_ready: Callable[[Ground], bool]) -> dict[str, float]:
    with ground.connect() as db:

        def send() -> tuple[str, float]:
            row = outbox_row(Note(note=uuid4()), datetime.now(UTC))
            db.execute("BEGIN")
            db.execute(WRITE, write_parameters([row]))
            before = time.monotonic()
            db.execute("COMMIT")
            return str(row.id), before

        return _latency(ground, send, running(module), lambda: is_ready(ground))


def _direct(ground: Ground) -> dict[str, float]:
    with ground.channel() as channel:

        def send() -> tuple[str, float]:
            note = Note(note=uuid4())
            before = time.monotonic()
            channel.basic_publish("commands", QUEUE, note.model_dump_json().encode(), persistent(str(note.note)))
            return str(note.note), before

        return _latency(ground, send, nullcontext(), lambda: True)


def _relay_is_there(ground: Ground) -> bool:
    with ground.channel() as channel:
        return channel.queue_declare("relay.matching", passive=True).method.consumer_count == 1


def _poller_is_there(ground: Ground) -> bool:
    with ground.connect() as db:
        found = db.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = %s", (polling.NAME,)).fetchone()
        return found is not None


def _latency(
    ground: Ground, send: Sender, helper: AbstractContextManager[Any], is_ready: Callable[[], bool]
) -> dict[str, float]:
    ground.empty()
    here, there = multiprocessing.get_context("spawn").Pipe()
    arguments = (ground.settings.amqp_url, QUEUE, MESSAGES, there)
    reader = multiprocessing.get_context("spawn").Process(target=note_arrivals, args=arguments, daemon=True)
    reader.start()
    with helper:
        assert here.recv() == "reading"
        await_that(is_ready)
        sent = _paced(send)
        arrived: dict[str, float] = here.recv()
    reader.join()
    taken = sorted((arrived[m] - at) * 1000 for m, at in sent[WARMING:])
    return {"p50": taken[len(taken) // 2], "p99": taken[int(len(taken) * 0.99)]}


def _paced(send: Sender) -> list[tuple[str, float]]:
    start = time.monotonic()
    sent: list[tuple[str, float]] = []
    for number in range(MESSAGES):
        time.sleep(max(start + number / A_SECOND - time.monotonic(), 0))
        sent.append(send())
    return sent
