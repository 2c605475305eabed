"""Step 1 of a message's way: it is written to the outbox in the transaction whose change it tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, Protocol, cast
from uuid import UUID

from pydantic_core import to_json

from shared.database import now, one_round_trip
from shared.messages.model import Envelope, Lane, Message, exchange_of, routing_key_of
from shared.messages.subscriptions import has_listener
from shared.messaging.stories import new_message_id

if TYPE_CHECKING:
    from sqlalchemy.orm import Session as AnySession
    from sqlmodel import Session

# The rows wake the relay by themselves (shared/messaging/waking.py).
_INTO: LiteralString = "INSERT INTO outbox (message_id, exchange, routing_key, headers, body)"
# Arrays go in binary: written as text they cost psycopg 24 µs a row, in binary 1.3.
WRITE: LiteralString = f"""
{_INTO}
SELECT * FROM unnest(%(ids)b::uuid[], %(exchanges)b::text[], %(routing_keys)b::text[],
                     %(headers)b::text[]::jsonb[], %(bodies)b::bytea[])
"""  # noqa: S608 - of constants
# Most transactions write one message: without arrays it costs its writer half as much.
WRITE_ONE: LiteralString = f"{_INTO} VALUES (%s::uuid, %s, %s, %s::jsonb, %s)"
_WRITE_AFTER: LiteralString = f"""
WITH first AS ({{}})
{_INTO}
SELECT message_id, exchange, routing_key, headers, body
FROM unnest(%(keys)b::text[], %(ids)b::uuid[], %(exchanges)b::text[], %(routing_keys)b::text[],
            %(headers)b::text[]::jsonb[], %(bodies)b::bytea[])
    AS told (key, message_id, exchange, routing_key, headers, body)
WHERE key IN (SELECT key FROM first)
"""  # noqa: S608
SCHEDULE = """
INSERT INTO due_message (key, due_at, message_id, exchange, routing_key, headers, body)
SELECT * FROM unnest(%(keys)b::text[], %(due_at)s::timestamptz[], %(ids)b::uuid[], %(exchanges)b::text[],
                     %(routing_keys)b::text[], %(headers)b::text[]::jsonb[], %(bodies)b::bytea[])
ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, message_id = excluded.message_id, headers = excluded.headers,
    exchange = excluded.exchange, routing_key = excluded.routing_key, body = excluded.body
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message, ready for the wire."""

    id: UUID
    exchange: str
    routing_key: str
    headers: str
    body: bytes


def outbox_row(
    message: Message,
    at: datetime,
    *,
    lane: Lane | None = None,
    message_id: UUID | None = None,
    correlation: UUID | None = None,
) -> OutboxRow:
    """A message for the wire. `lane` must be one of the model's; the first of them is the usual one."""
    model = type(message)
    lane = lane or (Lane.NORMAL if Lane.NORMAL in model.lanes else model.lanes[0])
    if lane not in model.lanes:
        raise ValueError(f"{model.__name__} has no lane {lane}")
    message_id = message_id or new_message_id(correlation)
    headers = to_json(
        {
            "kind": model.kind,
            "version": model.model_version,
            "at": at.isoformat(),
            "correlation": correlation or message_id,
            "lane": lane.value,
            "key": message.ordering_key,
        }
    ).decode()
    body = message.model_dump_json().encode()
    return OutboxRow(message_id, exchange_of(model), routing_key_of(model, lane), headers, body)


def write_parameters(rows: Iterable[OutboxRow]) -> dict[str, list[Any]]:
    """The parameters of WRITE, for whoever holds a cursor of their own (the portal)."""
    rows = list(rows)
    return {
        "ids": [r.id for r in rows],
        "exchanges": [r.exchange for r in rows],
        "routing_keys": [r.routing_key for r in rows],
        "headers": [r.headers for r in rows],
        "bodies": [r.body for r in rows],
    }


def write_after(first: LiteralString) -> LiteralString:
    """A statement that carries `first` out and writes the messages of which it returns the `key`.

    `first` is an INSERT … RETURNING … AS key. One statement is one round trip and needs no transaction around it. Its
    parameters are `first`'s own, those of `write_parameters`, and `keys`: one for each message.
    """
    return _WRITE_AFTER.format(first)


class AsyncCursor(Protocol):
    """What the portal's cursors and connections can do."""

    async def execute(self, query: Any, params: Any = None) -> Any:
        """Run a statement."""
        ...


async def publish_async(
    cursor: AsyncCursor,
    *messages: Message,
    at: datetime,
    lane: Lane | None = None,
    correlation: UUID | None = None,
) -> list[UUID]:
    """Write messages to the outbox on an asynchronous cursor, inside its transaction. Returns their ids."""
    rows = [outbox_row(m, at, lane=lane, correlation=correlation) for m in messages if has_listener(type(m))]
    if rows:
        await cursor.execute(*writing(rows))
    return [r.id for r in rows]


def publish(db: Session, message: Message, *, lane: Lane | None = None) -> None:
    """Send a message when the session's transaction commits, and not if it does not."""
    if not has_listener(type(message)):
        return
    cause = cast("Envelope | None", db.info.get("cause"))
    row = outbox_row(message, now(db), lane=lane, correlation=cause.correlation if cause else None)
    pending(db).append(row)


def pending(db: AnySession) -> list[OutboxRow]:
    """What was published in the session's open transaction."""
    return cast("list[OutboxRow]", db.info.setdefault("outbox", []))


def writing(rows: Sequence[OutboxRow]) -> tuple[LiteralString, Any]:
    """The statement that writes rows, and its parameters."""
    if len(rows) == 1:
        (row,) = rows
        return WRITE_ONE, (row.id, row.exchange, row.routing_key, row.headers, row.body)
    return WRITE, write_parameters(rows)


def write_at_commit(db: AnySession) -> None:
    """Write what was published so far, in the transaction, which stays open."""
    rows = pending(db)
    if rows:
        with one_round_trip(db) as connection:
            connection.execute(*writing(rows))
        rows.clear()


def write_and_commit(db: AnySession) -> None:
    """Write what was published, and commit with it: listens to a session's commits."""
    rows = pending(db)
    if not rows:
        return
    if db.in_nested_transaction():
        write_at_commit(db)
        return
    db.flush()
    with one_round_trip(db) as connection:
        connection.execute(*writing(rows))
        connection.execute("COMMIT")
    rows.clear()


def caused_by(db: Session, message: Message) -> None:
    """What is published from here on answers this message: for rules that carry out several together."""
    db.info["cause"] = message.came_in


class Due(NamedTuple):
    """A message to be sent at a time to come, under a key by which it can be replaced or taken back."""

    message: Message
    at: datetime
    key: str
    lane: Lane | None = None


def schedule(db: Session, message: Message, due_at: datetime, key: str, *, lane: Lane | None = None) -> None:
    """Send a message at a time to come. One that was scheduled under the same key is replaced."""
    schedule_all(db, [Due(message, due_at, key, lane)])


def schedule_all(db: Session, due: Sequence[Due]) -> None:
    """Send messages at times to come, as `schedule` does; no two under the same key."""
    if not due:
        return
    rows = [outbox_row(d.message, now(db), lane=d.lane) for d in due]
    when = {"keys": [d.key for d in due], "due_at": [d.at for d in due]}
    db.connection().exec_driver_sql(SCHEDULE, {**when, **write_parameters(rows)})


def unschedule(db: Session, *keys: str) -> None:
    """Take back what was scheduled under these keys, if it is still there."""
    db.connection().exec_driver_sql("DELETE FROM due_message WHERE key = ANY(%(keys)s)", {"keys": list(keys)})
