"""Step 2 of a message's way: which outbox rows are next. New ones stand behind a cursor; a transaction that was slow to
commit may have put some before it, and they are found by looking back as far as any such transaction may reach."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from shared.messaging.relay_sql import LATE_ROWS, NEW_ROWS, OLDEST_OPEN

MOST_ROWS = 500
MOST_BYTES = 8 * 1024 * 1024
"""A reading ends with the row that passes this: what a relay holds is bounded, however large its messages are."""
MARK_AGES_S = 0.2
FULL_SCAN_S = 5.0


class Row(NamedTuple):
    """A message as it stands in the outbox."""

    id: int
    message_id: str
    exchange: str
    routing_key: str
    headers: str
    body: bytes


class Mark(NamedTuple):
    """A cursor, the transactions that were open when it was reached, and when that was."""

    cursor: int
    newest: int
    at: float


def is_full(rows: Sequence[Row]) -> bool:
    """Whether a reading ended at its bounds, so that there may be more."""
    return len(rows) == MOST_ROWS or sum(len(r.body) for r in rows) >= MOST_BYTES


class Reading:
    """How far an outbox is read."""

    def __init__(self, db: psycopg.Connection[tuple[object, ...]]) -> None:
        self._db = db
        self._cursor = 0
        self._floor = 0
        self._mark: Mark | None = None
        self._last_full_scan = time.monotonic()

    def new(self) -> list[Row]:
        """What was not read yet, in order."""
        found = self._rows(NEW_ROWS, self._cursor)
        if found:
            self._cursor = found[-1].id
        return found

    def late(self, known: list[int], oldest: int, newest: int) -> list[Row]:
        """What stands before the cursor and is not `known` to be on its way: committed late, or refused by the broker.

        `oldest` and `newest` are the open transactions before the call. The floor under which nothing is looked for
        rises only after a scan that began when every transaction was over that could write below it; a moment more
        passes, since a transaction gets its number just after its row does.
        """
        now = time.monotonic()
        if now - self._last_full_scan >= FULL_SCAN_S:
            self._last_full_scan, self._floor = now, 0
        found = self._rows(LATE_ROWS, self._floor, self._cursor, known) if self._floor < self._cursor else []
        mark = self._mark
        if mark is not None and oldest >= mark.newest and now - mark.at >= MARK_AGES_S and not is_full(found):
            self._floor, self._mark = mark.cursor, None
        if self._mark is None:
            self._mark = Mark(self._cursor, newest, now)
        return found

    def open_transactions(self) -> tuple[int, int]:
        """The oldest transaction that is not over, and the first number that is not given yet."""
        row = self._db.execute(OLDEST_OPEN).fetchone()
        assert row is not None
        return int(str(row[0])), int(str(row[1]))

    def _rows(self, statement: str, *bounds: object) -> list[Row]:
        rows = self._db.execute(statement, (*bounds, MOST_ROWS, MOST_BYTES), binary=True)  # pyright: ignore
        return [Row._make(row) for row in rows]  # pyright: ignore[reportArgumentType]
