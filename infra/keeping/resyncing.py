"""Projections built anew from their owners, while everything runs: each owner tells its states again, in the bulk lane,
and whoever keeps a copy takes what is newer than its own.

A state is a message of its own; the consumer takes about a hundred into a transaction anyway.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from infra.keeping.copies import COPIES, Copy
from infra.keeping.databases import connect
from infra.keeping.owners import count_states, owners_of, portions
from infra.keeping.progress import Step, Steps
from shared.database import engine_of, open_session, utc_now
from shared.messages.model import Event, Lane
from shared.messages.subscriptions import queue_name
from shared.messaging.outbox import OutboxRow, outbox_row, writing
from shared.parts import Part
from shared.settings import Settings

MOST_WAITING = 5_000
"""So many rows of an outbox may wait before a resync waits as well: what is new stands behind no more than these."""
PAUSE_S = 0.1

Connection = psycopg.Connection[Any]


def resync(settings: Settings, copies: Sequence[Copy], steps: Steps, *, anew: bool = False) -> dict[Part, int]:
    """Have the owners of these copies tell their states again. Returns how many messages each one wrote.

    For all copies, states go to everybody who listens; for some, to their queues alone. `anew` has them taken over
    even where a copy has the same version or a later one: for copies that were changed by hand, or whose owner was
    restored from an earlier day.
    """
    if anew:
        for copy in copies:
            forget_versions(settings, copy, steps)
    return {owner: _tell(settings, owner, copies, steps) for owner in owners_of(copies)}


def forget_versions(settings: Settings, copy: Copy, steps: Steps) -> None:
    """Set a copy's versions to 0, so that whatever its owner tells is newer. Its rows stay as they are until then."""
    if copy.version is None:
        return
    table, version = Identifier(copy.table), Identifier(copy.version)
    some = SQL(
        "UPDATE {table} SET {version} = 0 WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM {table} WHERE {version} > 0 LIMIT 5000 FOR UPDATE SKIP LOCKED))"
    ).format(table=table, version=version)
    with connect(settings, copy.part) as db:
        count = db.execute(SQL("SELECT count(*) FROM {} WHERE {} > 0").format(table, version)).fetchone()
        step = steps.step(f"{copy.name}: versions forgotten", count[0] if count else 0)
        while forgotten := db.execute(some).rowcount:
            step.advance(forgotten)


def _tell(settings: Settings, owner: Part, copies: Sequence[Copy], steps: Steps) -> int:
    mine = [c for c in copies if c.origin.part is owner]
    only_for = None if len(copies) == len(COPIES) else mine
    models = tuple({model for copy in mine for model in copy.models})
    engine = engine_of(owner, settings, connections=1)
    told = 0
    try:
        with open_session(engine) as reading, connect(settings, owner) as outbox:
            step, began_at = steps.step(owner, count_states(reading, owner)), utc_now()
            for read, states in portions(reading, owner, models):
                rows = [row for state in states for row in _rows(state, began_at, only_for)]
                _write(outbox, rows, step)
                step.advance(read)
                told += len(rows)
    finally:
        engine.dispose()
    return told


def _rows(state: Event, began_at: datetime, only_for: Sequence[Copy] | None) -> list[OutboxRow]:
    # What has no version goes by its time: an owner's words are as old as the reading of them, so that what
    # is told while we read is newer.
    at = utc_now() if "version" in type(state).model_fields else began_at
    lane = Lane.BULK if Lane.BULK in type(state).lanes else Lane.NORMAL
    if only_for is None:
        return [outbox_row(state, at, lane=lane)]
    queues = {queue_name(f"{c.consumer}.{state.kind}", lane) for c in only_for if isinstance(state, c.models)}
    return [_to_queue(outbox_row(state, at, lane=lane), queue) for queue in sorted(queues)]


def _to_queue(row: OutboxRow, queue: str) -> OutboxRow:
    return OutboxRow(row.id, "", queue, row.headers, row.body)


def _write(outbox: Connection, rows: Sequence[OutboxRow], step: Step) -> None:
    if not rows:
        return
    _wait_for_room(outbox, step)
    outbox.execute(*writing(rows))


def _wait_for_room(outbox: Connection, step: Step) -> None:
    waited = False
    while _waiting(outbox) > MOST_WAITING:
        if not waited:
            step.say("waits for the relay to publish what stands in the outbox")
        waited = True
        time.sleep(PAUSE_S)
    if waited:
        step.say("")


def _waiting(outbox: Connection) -> int:
    row = outbox.execute(
        "SELECT count(*) FROM (SELECT FROM outbox LIMIT %s) AS first_rows", (MOST_WAITING + 1,)
    ).fetchone()
    return row[0] if row else 0
