"""Step 4: a message is taken over once. The row is written in the transaction that carries the message out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from shared.database import one_round_trip

# What was there before is told, since that is nearly always nothing: a number that comes back costs its reader 2 µs.
TAKE = """
WITH taken AS (
    INSERT INTO inbox (handler, message_id) SELECT %(handler)s, unnest(%(ids)b::uuid[])
    ON CONFLICT DO NOTHING RETURNING message_id)
SELECT unnest(%(ids)b::uuid[]) EXCEPT SELECT message_id FROM taken
"""
HELD_BACK = """
SELECT key FROM failed_message WHERE handler = %(handler)s AND state <> 'parked' AND key = ANY(%(keys)b::text[])
"""


def take_over(db: Session, handler: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the messages that this database had not taken over before."""
    with one_round_trip(db) as connection:
        known = connection.execute(TAKE, {"handler": handler, "ids": list(ids)})
    return set(ids).difference(row[0] for row in known)


def keys_held_back(db: Session, handler: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys of which an earlier message has failed and waits: theirs wait behind it."""
    wanted = [k for k in keys if k]
    if not wanted:
        return set()
    rows: Any = db.connection().exec_driver_sql(HELD_BACK, {"handler": handler, "keys": wanted})
    return {row[0] for row in rows}
