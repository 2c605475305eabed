"""Step 4: a message is taken over once. The row is written in the transaction that carries the message out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from shared.database import one_round_trip

TAKE = """
INSERT INTO inbox (handler, message_id) SELECT %(handler)s, unnest(%(ids)b::uuid[])
ON CONFLICT DO NOTHING RETURNING message_id
"""
HELD_BACK = """
SELECT key FROM failed_message WHERE handler = %(handler)s AND state <> 'parked' AND key = ANY(%(keys)b::text[])
"""


def take_over(db: Session, handler: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the messages that this database had not taken over before."""
    with one_round_trip(db) as connection:
        taken = connection.execute(TAKE, {"handler": handler, "ids": f"{{{','.join(map(str, ids))}}}"})
    return {row[0] for row in taken}


def keys_held_back(db: Session, handler: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys of which an earlier message has failed and waits: theirs wait behind it."""
    wanted = [k for k in keys if k]
    if not wanted:
        return set()
    rows: Any = db.connection().exec_driver_sql(HELD_BACK, {"handler": handler, "keys": wanted})
    return {row[0] for row in rows}
