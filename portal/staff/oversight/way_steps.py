"""The steps of a message's way: what one database says of it, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from shared.messages.subscriptions import PART_OF, REFUSED, heard_by
from shared.parts import Part

MOST = 300
"""Steps of one sort that are read: a notice's story may have thousands."""

IN_OUTBOX: LiteralString = """
SELECT message_id, headers->>'kind' AS kind, created_at, returned_at FROM outbox
WHERE message_id BETWEEN %(first)s AND %(last)s ORDER BY id LIMIT %(most)s
"""
DUE: LiteralString = """
SELECT message_id, headers->>'kind' AS kind, due_at FROM due_message
WHERE message_id BETWEEN %(first)s AND %(last)s ORDER BY due_at LIMIT %(most)s
"""
# By the inbox's key: each handler's ids lie together, and a story's among them.
TAKEN: LiteralString = """
SELECT handler, message_id, taken_at FROM inbox
WHERE handler = ANY(%(handlers)s) AND message_id BETWEEN %(first)s AND %(last)s ORDER BY taken_at LIMIT %(most)s
"""
FAILED: LiteralString = """
SELECT id, handler, message_id, headers->>'kind' AS kind, state, tries, due_at, last_failed_at, error_type, sqlstate
FROM failed_message
WHERE handler = ANY(%(handlers)s) AND message_id BETWEEN %(first)s AND %(last)s ORDER BY id LIMIT %(most)s
"""
ASKED: LiteralString = """
SELECT command_id, kind, state, reason, asked_at, settled_at FROM outcome
WHERE command_id BETWEEN %(first)s AND %(last)s LIMIT %(most)s
"""
CAME_IN: LiteralString = "SELECT keyword, received_at FROM inbound_text WHERE carrier_id = %s"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a database knows: where, since when, what, of which message and by which handler.

    `row` is the failed row where it is one; `was_sent` is false while the message is in its sender's database;
    `is_trouble` says that somebody should look.
    """

    at: datetime | None
    part: Part | None
    what: str
    message: UUID | None = None
    kind: str = ""
    handler: str = ""
    row: int | None = None
    was_sent: bool = True
    is_trouble: bool = False


def handlers_of(part: Part) -> list[str]:
    """The handlers whose inbox is in a part's database."""
    return [name for consumer, of in PART_OF.items() if of is part for name in heard_by(consumer)]


def steps_in(db: psycopg.Connection[Any], part: Part, story: tuple[UUID, UUID]) -> Iterator[Step]:
    """What a part's messaging tables know of a story's messages."""
    asked = {"first": story[0], "last": story[1], "most": MOST, "handlers": handlers_of(part)}
    for row in rows(db, IN_OUTBOX, asked):
        came_back = row.returned_at is not None
        what = "no queue takes it: stays in the outbox" if came_back else "waits in the outbox for the relay"
        yield Step(row.created_at, part, what, row.message_id, row.kind, was_sent=False, is_trouble=came_back)
    for row in rows(db, DUE, asked):
        yield Step(row.due_at, part, "is sent when due", row.message_id, row.kind, was_sent=False)
    failed = {(row.handler, row.message_id): row for row in rows(db, FAILED, asked)}
    for row in rows(db, TAKEN, asked):
        kind = row.handler.partition(".")[2]
        known = "" if kind == REFUSED else kind
        what = "taken over, and failed" if (row.handler, row.message_id) in failed else "carried out"
        yield Step(row.taken_at, part, f"{what} by {row.handler}", row.message_id, known, row.handler)
    for row in failed.values():
        yield _failed(part, row)


def _failed(part: Part, row: Any) -> Step:
    error = f"{row.error_type} {row.sqlstate or ''}".strip()
    what = {
        "parked": f"parked after {row.tries} tries: {error}",
        "retrying": f"failed {row.tries} times ({error}), tried again at {row.due_at:%H:%M:%S} UTC"
        if row.due_at
        else "",
        "waiting": "waits behind an earlier message of its key",
    }[row.state]
    return Step(
        row.last_failed_at, part, what, row.message_id, row.kind or "", row.handler, row.id,
        is_trouble=row.state == "parked",
    )  # fmt: skip


def steps_at_the_door(
    db: psycopg.Connection[Any], story: tuple[UUID, UUID], carrier_id: str | None = None
) -> Iterator[Step]:
    """What the portal knows: a text that came in, a command that was asked, and the outcome that came back."""
    came_in = db.execute(CAME_IN, (carrier_id,)).fetchone() if carrier_id else None
    if came_in:
        yield Step(came_in[1], Part.PORTAL, f"a text came in: {came_in[0]}")
    for row in rows(db, ASKED, {"first": story[0], "last": story[1], "most": MOST}):
        yield Step(row.asked_at, Part.PORTAL, "asked at a door", row.command_id, row.kind)
        if row.state != "asked":
            ended = f"refused: {_words(row.reason)}" if row.state == "refused" else "done"
            yield Step(row.settled_at, Part.PORTAL, f"the door knows the outcome: {ended}", row.command_id, row.kind)


def rows(db: psycopg.Connection[Any], statement: LiteralString, asked: dict[str, Any]) -> Sequence[Any]:
    """A statement's rows, with their columns' names."""
    with db.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement, asked).fetchall()


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ")
