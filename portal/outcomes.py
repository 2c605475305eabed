"""A door tells a command and waits a moment for how it ended; what takes longer is told by text."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq.abc import PGconn
from psycopg.types.json import Jsonb

from portal.database import Cursor, Database
from shared.logs import log
from shared.messages.model import Command, ContactId, Event, Lane
from shared.messaging.outbox import WRITE, outbox_row, write_parameters

WAIT_S = 2.0
LOOK_AGAIN_S = 0.5
"""No notification comes while the listening connection is away: waiters look for themselves."""

REMEMBER = """
INSERT INTO outcome (command_id, request_id, kind, settled_by, contact, tell_by, asked_at, "values")
VALUES (%(id)s, %(request_id)s, %(kind)s, %(settled_by)s, %(contact)s, %(tell_by)s, %(at)s, %(values)s)
ON CONFLICT (request_id) DO NOTHING RETURNING command_id
"""
ASKED_BEFORE = "SELECT command_id FROM outcome WHERE request_id = %(request_id)s"
LOOK = 'SELECT state, reason, "values" FROM outcome WHERE command_id = %(id)s'
LEAVE_TO_TEXT = """
UPDATE outcome SET tell_by = 'text' WHERE command_id = %(id)s AND state = 'asked' RETURNING state
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command stands: `asked`, `done` or `refused`, and a refusal's reason and values."""

    state: str
    reason: str | None = None
    values: Mapping[str, Any] | None = None

    @property
    def is_refused(self) -> bool:
        """Whether a rule said no."""
        return self.state == "refused"


async def ask(
    cursor: Cursor,
    command: Command,
    at: datetime,
    *,
    settled_by: type[Event] | None = None,
    contact: ContactId | None = None,
    by_text: bool = False,
    lane: Lane | None = None,
    request_id: UUID | None = None,
    values: Mapping[str, Any] | None = None,
) -> UUID:
    """Tell a command in the cursor's transaction, and remember that its outcome is awaited. Returns its id.

    `settled_by` is the event that says that it was carried out. `contact` is who is texted about a refusal where no
    page waits any more, or from the first, `by_text`. `values` are kept beside it for whoever tells the outcome.
    What comes again under the same `request_id` (a form that was sent twice) is not told again.
    """
    row = outbox_row(command, at, lane=lane)
    remembered = {
        "id": row.id,
        "request_id": request_id,
        "kind": command.kind,
        "settled_by": settled_by.kind if settled_by else None,
        "contact": contact,
        "tell_by": "text" if by_text else "page",
        "at": at,
        "values": Jsonb(dict(values or {})),
    }
    await cursor.execute(REMEMBER, remembered)
    if await cursor.fetchone() is None:
        return await _asked_before(cursor, request_id)
    await cursor.execute(WRITE, write_parameters([row]))
    return row.id


async def _asked_before(cursor: Cursor, request_id: UUID | None) -> UUID:
    await cursor.execute(ASKED_BEFORE, {"request_id": request_id})
    row = await cursor.fetchone()
    assert row
    return row["command_id"]


class Outcomes:
    """One listening connection for all who wait in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen, and go on until `stop`."""
        self._listener = asyncio.create_task(self._listen_for_ever())

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    async def wait_for(self, command_id: UUID, limit_s: float = WAIT_S) -> Outcome:
        """How a command ended, waiting up to a limit.

        Where it is still `asked` after that, its refusal will be told by text, to the contact that was given.
        """
        settled = asyncio.Event()
        self._waiting[str(command_id)].add(settled)
        try:
            return await self._wait(command_id, settled, limit_s)
        finally:
            self._waiting[str(command_id)].discard(settled)
            if not self._waiting[str(command_id)]:
                del self._waiting[str(command_id)]

    async def _wait(self, command_id: UUID, settled: asyncio.Event, limit_s: float) -> Outcome:
        ends_at = asyncio.get_running_loop().time() + limit_s
        while True:
            outcome = await self.look(command_id)
            left_s = ends_at - asyncio.get_running_loop().time()
            if outcome.state != "asked":
                return outcome
            if left_s <= 0:
                return await self._leave_to_text(command_id)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(settled.wait(), min(left_s, LOOK_AGAIN_S))
            settled.clear()

    async def look(self, command_id: UUID) -> Outcome:
        """How a command stands now."""
        row = await self._database.one(LOOK, {"id": command_id})
        return Outcome(**row) if row else Outcome("asked")

    async def _leave_to_text(self, command_id: UUID) -> Outcome:
        if await self._database.one(LEAVE_TO_TEXT, {"id": command_id}):
            return Outcome("asked")
        return await self.look(command_id)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as error:
                log.warning("outcome_listener_lost", error=type(error).__name__)
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._database.url, autocommit=True) as connection:
            await connection.execute("LISTEN outcome")
            self._wake(*self._waiting)  # what was told before this, nobody heard
            # By hand: psycopg's own generator looks ten times a second whether anything came.
            loop, server, arrived = asyncio.get_running_loop(), connection.pgconn, asyncio.Event()
            loop.add_reader(server.socket, arrived.set)
            try:
                while True:
                    self._wake_waiters(server)
                    await arrived.wait()
                    arrived.clear()
            finally:
                loop.remove_reader(server.socket)

    def _wake_waiters(self, server: PGconn) -> None:
        server.consume_input()
        while notification := server.notifies():
            self._wake(notification.extra.decode())

    def _wake(self, *commands: str) -> None:
        for command in commands:
            for settled in self._waiting.get(command, ()):
                settled.set()
