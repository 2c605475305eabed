"""The end of a message's way: the texts that it led to, and what the carrier said of each. No words, no numbers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from portal.staff.oversight.way_steps import MOST, Step, rows
from shared.parts import Part

COLUMNS: LiteralString = """
SELECT id, template, text_class, state, reason, attempts, asked_at, due_at, claimed_at, settled_at, carrier_id
FROM outgoing_text
"""
OF_STORY: LiteralString = f"{COLUMNS} WHERE asked_by BETWEEN %(first)s AND %(last)s ORDER BY asked_at LIMIT %(most)s"
ONE: LiteralString = f"{COLUMNS} WHERE id = %(text)s"
BATCHES: LiteralString = """
SELECT b.id, b.asked_by, min(t.asked_at) AS asked_at, t.state, count(*) AS texts
FROM text_batch b JOIN outgoing_text t ON t.batch = b.id
WHERE b.asked_by BETWEEN %(first)s AND %(last)s GROUP BY b.id, b.asked_by, t.state ORDER BY b.id LIMIT %(most)s
"""
TOLD: LiteralString = """
SELECT status, error_code, told_at FROM delivery_event WHERE text = %(id)s OR carrier_id = %(carrier_id)s
"""
TEXT_OF: LiteralString = """
SELECT t.id, coalesce(t.asked_by, b.asked_by) AS asked_by FROM outgoing_text t LEFT JOIN text_batch b ON b.id = t.batch
WHERE t.id = %(message)s OR t.carrier_id = %(carrier_id)s
UNION ALL SELECT NULL, asked_by FROM text_batch WHERE id = %(message)s
"""
TROUBLE = ("unsettled", "failed", "undelivered")


class Origin(NamedTuple):
    """What an id of the gateway's leads to: the text itself, where it is one's, and the message that asked for it."""

    text: UUID | None
    asked_by: UUID | None


def origin_of(db: psycopg.Connection[Any], message: UUID | None, carrier_id: str | None) -> Origin:
    """Where the id of a text, of a batch, or the carrier's for a text leads to."""
    found = rows(db, TEXT_OF, {"message": message, "carrier_id": carrier_id})
    return Origin(found[0].id, found[0].asked_by) if found else Origin(None, None)


def steps_of_texts(db: psycopg.Connection[Any], story: tuple[UUID, UUID], text: UUID | None) -> Iterator[Step]:
    """The texts that a story led to, and `text`, which may be one of a batch."""
    asked = {"first": story[0], "last": story[1], "most": MOST, "text": text}
    found = {row.id: row for row in (*rows(db, OF_STORY, asked), *rows(db, ONE, asked))}
    for row in found.values():
        yield from _steps_of(db, row)
    for row in rows(db, BATCHES, asked):
        what = f"batch {row.id}: {row.texts} texts {_words(row.state)}"
        yield Step(row.asked_at, Part.GATEWAY, what, row.asked_by, is_trouble=row.state in TROUBLE)


def _steps_of(db: psycopg.Connection[Any], text: Any) -> Iterator[Step]:
    named = f"text {text.id} ({_words(text.text_class)}, {_words(text.template)})"
    yield _step(text.asked_at, f"{named} is asked for")
    if text.claimed_at:
        yield _step(text.claimed_at, f"{named} goes to the carrier, attempt {text.attempts}")
    if text.state == "waiting":
        yield _step(text.due_at, f"{named} waits for the carrier, {_words(text.reason) or 'due'}")
    elif text.settled_at:
        as_what = f" as {text.carrier_id}" if text.carrier_id else ""
        why = f": {_words(text.reason)}" if text.reason else ""
        yield _step(text.settled_at, f"{named} is {_words(text.state)}{as_what}{why}", text.state in TROUBLE)
    for told in rows(db, TOLD, {"id": text.id, "carrier_id": text.carrier_id}):
        error = f", error {told.error_code}" if told.error_code else ""
        yield _step(told.told_at, f"the carrier says of {text.id}: {told.status}{error}", told.status in TROUBLE)


def _step(at: datetime, what: str, is_trouble: bool = False) -> Step:
    return Step(at, Part.GATEWAY, what, is_trouble=is_trouble)


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ")
