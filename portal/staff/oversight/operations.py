"""Whether every part works: who consumes, what waits in queues and outboxes, what failed last, how the carrier does."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import settings_of, staff_reads_of
from portal.health import Readiness
from portal.staff.console import form_page
from portal.staff.oversight.way_steps import handlers_of
from shared.messaging import parked
from shared.messaging.liveness import QueueState
from shared.messaging.rpc import StaffReadUnavailable
from shared.parts import Part
from shared.settings import Settings

FAULTS_SHOWN = 10
WAITING: LiteralString = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 100000) first) AS outbox,
    (SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY id LIMIT 1) AS oldest_s,
    (SELECT count(*) FROM outbox WHERE returned_at IS NOT NULL) AS returned,
    (SELECT extract(epoch FROM clock_timestamp() - min(due_at))::float8 FROM due_message) AS overdue_s,
    (SELECT count(*) FROM failed_message WHERE state = 'parked') AS parked,
    (SELECT count(*) FROM failed_message WHERE state <> 'parked') AS retrying
"""
FAULTS: LiteralString = """
SELECT id, queue, state, tries, last_failed_at, error_type, sqlstate FROM failed_message WHERE state <> 'waiting'
ORDER BY last_failed_at DESC LIMIT %s
"""
# Of the last hour only, which the index on the time finds: an inbox remembers weeks.
TAKEN: LiteralString = """
SELECT handler, extract(epoch FROM clock_timestamp() - max(taken_at))::float8 AS ago_s FROM inbox
WHERE taken_at > clock_timestamp() - interval '1 hour' AND handler = ANY(%s) GROUP BY handler
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a part's database says: what waits, what failed last, and how long ago each handler took a message."""

    waiting: dict[str, Any]
    faults: list[dict[str, Any]]
    taken_s: dict[str, float] = field(default_factory=dict[str, float])


async def show_operations(request: Request) -> Response:
    """The state of everything, as it is now."""
    readiness: Readiness = request.app.state.readiness
    broker = await readiness.broker()
    busy = [queue for queue in broker.queues if queue.depth or not queue.readers]
    kept = await asyncio.to_thread(kept_by_every_part, settings_of(request), {queue.handler for queue in busy})
    carrier, unsettled = await _ask(request, "carrier_health"), await _ask(request, "texts_unsettled")
    shown: dict[str, Any] = {
        "parts": broker.parts,
        "queues": _shown(busy, kept),
        "idle": len(broker.queues) - len(busy),
        "waiting": {part: each.waiting if each else None for part, each in kept.items()},
        "faults": last_faults(kept),
        "carrier": carrier,
        "unsettled": unsettled or [],
    }
    return form_page(request, "staff/oversight/operations.html", refresh_s=10, **shown)


def kept_by_every_part(settings: Settings, handlers: Iterable[str]) -> dict[Part, Kept | None]:
    """Part → what its database says; None where that does not answer. Blocks."""
    handlers = set(handlers)
    return {part: _kept_by(settings, part, sorted(handlers & set(handlers_of(part)))) for part in Part}


def _kept_by(settings: Settings, part: Part, handlers: list[str]) -> Kept | None:
    try:
        with parked.connect(settings, part) as db, db.cursor(row_factory=dict_row) as cursor:
            waiting = cursor.execute(WAITING).fetchone()
            assert waiting is not None
            faults = cursor.execute(FAULTS, (FAULTS_SHOWN,)).fetchall()
            taken = cursor.execute(TAKEN, (handlers,)).fetchall() if handlers else []
            return Kept(waiting, faults, {row["handler"]: row["ago_s"] for row in taken})
    except psycopg.Error:
        return None


def last_faults(kept: dict[Part, Kept | None]) -> list[dict[str, Any]]:
    """What failed last anywhere, the newest first."""
    found = [{"part": part, **fault} for part, each in kept.items() if each for fault in each.faults]
    return sorted(found, key=lambda fault: fault["last_failed_at"], reverse=True)[:FAULTS_SHOWN]


def _shown(queues: Iterable[QueueState], kept: dict[Part, Kept | None]) -> list[dict[str, Any]]:
    taken_s = {handler: ago for each in kept.values() if each for handler, ago in each.taken_s.items()}
    rows = [{"name": q.name, "depth": q.depth, "readers": q.readers, "taken_s": taken_s.get(q.handler)} for q in queues]
    return sorted(rows, key=lambda row: row["depth"], reverse=True)


async def _ask(request: Request, method: str) -> Any:
    """What the gateway answers; None while it does not."""
    try:
        return await staff_reads_of(request).call("gateway", method)
    except StaffReadUnavailable:
        return None
