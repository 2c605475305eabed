"""Whether every part works: who consumes, what waits in each outbox, what is overdue, how the carrier does."""

import asyncio
from typing import Any

import psycopg
from psycopg.rows import dict_row
from starlette.requests import Request
from starlette.responses import Response

from portal.health import Readiness
from portal.staff.console import form_page, settings_of
from shared.messaging import parked
from shared.messaging.rpc import StaffReadUnavailable
from shared.parts import Part
from shared.settings import Settings

WAITING = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 100000) first) AS outbox,
    (SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY id LIMIT 1) AS oldest_s,
    (SELECT count(*) FROM outbox WHERE returned_at IS NOT NULL) AS returned,
    (SELECT extract(epoch FROM clock_timestamp() - min(due_at))::float8 FROM due_message) AS overdue_s,
    (SELECT count(*) FROM failed_message WHERE state = 'parked') AS parked,
    (SELECT count(*) FROM failed_message WHERE state <> 'parked') AS retrying
"""


async def show_operations(request: Request) -> Response:
    """The state of everything, as it is now."""
    readiness: Readiness = request.app.state.readiness
    parts, waiting = await asyncio.gather(
        readiness.parts(), asyncio.to_thread(waiting_in_every_part, settings_of(request))
    )
    carrier, unsettled = await _ask(request, "carrier_health"), await _ask(request, "texts_unsettled")
    shown: dict[str, Any] = {"parts": parts, "waiting": waiting, "carrier": carrier, "unsettled": unsettled or []}
    return form_page(request, "staff/oversight/operations.html", refresh_s=10, **shown)


def waiting_in_every_part(settings: Settings) -> dict[Part, dict[str, Any] | None]:
    """Part → what waits in its database; None where that does not answer. Blocks."""
    return {part: _waiting_in(settings, part) for part in Part}


def _waiting_in(settings: Settings, part: Part) -> dict[str, Any] | None:
    try:
        with parked.connect(settings, part) as db, db.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(WAITING).fetchone()
    except psycopg.Error:
        return None


async def _ask(request: Request, method: str) -> Any:
    """What the gateway answers; None while it does not."""
    try:
        return await request.app.state.staff_reads.call("gateway", method)
    except StaffReadUnavailable:
        return None
