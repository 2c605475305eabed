"""What operators do with parked messages: list, show, replay, discard. They read and write the databases themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from shared.messaging.parking import unseal_failure
from shared.parts import Part
from shared.sealing import CannotUnseal
from shared.settings import Settings

COLUMNS: LiteralString = """
id, handler, queue, message_id, key, tries, state, due_at, first_failed_at, last_failed_at, error_type, sqlstate,
frames, sealed_error, headers, body
"""
REPLAY: LiteralString = """
UPDATE failed_message SET state = 'retrying', due_at = clock_timestamp(), tries = 0
WHERE id = %s AND state <> 'waiting'
"""
LIST: LiteralString = f"""
SELECT {COLUMNS} FROM failed_message
WHERE (state = 'parked' OR %(every_state)s) AND (%(queue)s = '' OR strpos(queue, %(queue)s) > 0)
    AND (%(error)s = '' OR strpos(lower(error_type || ' ' || coalesce(sqlstate, '')), lower(%(error)s)) > 0)
ORDER BY id
"""  # noqa: S608 - of constants


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that failed: parked, waiting behind one of its key, or to be tried again."""

    id: int
    handler: str
    queue: str
    message_id: UUID
    key: str
    tries: int
    state: str
    due_at: datetime | None
    first_failed_at: datetime
    last_failed_at: datetime
    error_type: str
    sqlstate: str | None
    frames: str
    sealed_error: str
    headers: dict[str, Any]
    body: bytes

    @property
    def error(self) -> str:
        """The error's text; it may print personal values, so it is opened only for a person who asks for this row."""
        if not self.sealed_error:
            return ""
        try:
            return unseal_failure(self.sealed_error, self.handler)
        except CannotUnseal:
            return "sealed with a key that is not here"


def connect(settings: Settings, part: Part) -> psycopg.Connection[Any]:
    """A connection to a part's database, each statement its own transaction."""
    url = settings.database_of(part).replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(url, autocommit=True, connect_timeout=10)


def listed(
    db: psycopg.Connection[Any], *, every_state: bool = False, queue: str = "", error: str = ""
) -> Iterator[ParkedMessage]:
    """The parked messages of a database, oldest first; with `every_state` also those that will be tried again.

    `queue` and `error` are parts of the queue's name, and of the error's type and SQLSTATE.
    """
    wanted = {"every_state": every_state, "queue": queue, "error": error}
    with db.cursor(row_factory=class_row(ParkedMessage)) as cursor:
        yield from cursor.execute(LIST, wanted)


def show(db: psycopg.Connection[Any], row: int) -> ParkedMessage:
    """One of them. Raises LookupError."""
    query: LiteralString = f"SELECT {COLUMNS} FROM failed_message WHERE id = %s"  # noqa: S608
    with db.cursor(row_factory=class_row(ParkedMessage)) as cursor:
        found = cursor.execute(query, (row,)).fetchone()
    if found is None:
        raise LookupError(row)
    return found


def replay(db: psycopg.Connection[Any], row: int) -> None:
    """Try a message that failed again, now, as the same message.

    Raises LookupError, also for one that waits behind another of its key: it must not overtake that one.
    """
    if db.execute(REPLAY, (row,)).rowcount == 0:
        raise LookupError(row)


def discard(db: psycopg.Connection[Any], row: int) -> None:
    """Give a parked message up. Raises LookupError. The caller records who did it and why."""
    if db.execute("DELETE FROM failed_message WHERE id = %s AND state = 'parked'", (row,)).rowcount == 0:
        raise LookupError(row)
