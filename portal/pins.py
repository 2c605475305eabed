"""PINs: made at a desk or after a code, shown once, kept as argon2 keeps them. They let a family in without a text."""

import asyncio
import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.database import Cursor, Database
from portal.one_time_codes import digits_of

DIGITS = 6
KEEP = """
INSERT INTO pin (reference, pin_hash, made_at) VALUES (%(reference)s, %(pin_hash)s, %(at)s)
ON CONFLICT (reference) DO UPDATE SET pin_hash = excluded.pin_hash, made_at = excluded.made_at
"""
READ = "SELECT pin_hash FROM pin WHERE reference = %(reference)s"

# OWASP's lower bound: the work is bounded by the limits on tries, and must not starve the door.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(8))


async def make_pin(cursor: Cursor, reference: str, at: datetime) -> str:
    """A new PIN in the place of the old one; this is the only time it can be read."""
    pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    pin_hash = await asyncio.to_thread(_hasher.hash, pin)
    await cursor.execute(KEEP, {"reference": reference, "pin_hash": pin_hash, "at": at})
    return pin


def hash_of_pin(pin: str) -> str:
    """How a PIN is kept, for whoever seeds demo data."""
    return _hasher.hash(pin)


async def is_pin(database: Database, reference: str | None, written: str) -> bool:
    """Whether this is the report's PIN. An unknown reference, or one without a PIN, takes as long."""
    row = await database.one(READ, {"reference": reference or ""})
    pin_hash = row["pin_hash"] if row else _nobodys_hash()
    is_right = await asyncio.to_thread(_verify, pin_hash, digits_of(written))
    return is_right and row is not None


def _verify(pin_hash: str, pin: str) -> bool:
    try:
        return _hasher.verify(pin_hash, pin)
    except (VerificationError, InvalidHashError):
        return False
