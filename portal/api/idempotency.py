"""The `Idempotency-Key`: what is sent again under the same key gets the same answer, and has no second effect."""

from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from portal.api.calls import Call
from portal.api.problems import Refused
from portal.database import Cursor

HEADER = "idempotency-key"
LONGEST = 200
WAIT_MS: LiteralString = "1000"
"""How long a repeat waits for the first, which is just being carried out: it holds a connection meanwhile."""

CLAIM = """
INSERT INTO idempotency_key (owner, key, body_hash, status, response, created_at)
VALUES (%(owner)s, %(key)s, %(fingerprint)s, 202, '{}', %(at)s) ON CONFLICT DO NOTHING RETURNING key
"""
KEEP = "UPDATE idempotency_key SET response = %(response)s WHERE owner = %(owner)s AND key = %(key)s"
RECALL = "SELECT body_hash, response FROM idempotency_key WHERE owner = %(owner)s AND key = %(key)s"


class Taken(BaseModel):
    """What is answered to a call that was taken: its body, and where to look later."""

    body: dict[str, Any]
    location: str | None = None


class _WasTaken(Exception):
    """Another call under this key came first."""


async def carry_out_once(call: Call, work: Callable[[Cursor], Awaitable[Taken]]) -> Taken:
    """Do the work in one transaction, once for each idempotency key; without a key, each time.

    Raises Refused: 400 for a key that is none, 409 where it came with something else before, or is just at it.
    """
    key = _key_of(call)
    if key is None:
        async with call.database.transaction() as cursor:
            return await work(cursor)
    if taken := await _recall(call, key):
        return taken
    try:
        async with call.database.transaction() as cursor:
            await _claim(cursor, call, key)
            taken = await work(cursor)
            kept = {"owner": call.institution, "key": key, "response": Jsonb(taken.model_dump())}
            await cursor.execute(KEEP, kept)
            return taken
    except _WasTaken:
        taken = await _recall(call, key)
        assert taken
        return taken


def _key_of(call: Call) -> str | None:
    key = call.request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise Refused(400, f"An Idempotency-Key has 1 to {LONGEST} printable ASCII characters.")
    return key


async def _claim(cursor: Cursor, call: Call, key: str) -> None:
    # The row of a call that is still at it is locked by its transaction, and waited for.
    await cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
    row = {"owner": call.institution, "key": key, "fingerprint": call.fingerprint, "at": call.at}
    try:
        await cursor.execute(CLAIM, row)
    except psycopg.errors.LockNotAvailable:
        raise Refused(409, "The first call under this key is still being carried out.") from None
    if await cursor.fetchone() is None:
        raise _WasTaken
    await cursor.execute("SET LOCAL lock_timeout = DEFAULT")


async def _recall(call: Call, key: str) -> Taken | None:
    row = await call.database.one(RECALL, {"owner": call.institution, "key": key})
    if row is None:
        return None
    if bytes(row["body_hash"]) != call.fingerprint:
        raise Refused(409, "This Idempotency-Key came with another call before.")
    return Taken.model_validate(row["response"])
