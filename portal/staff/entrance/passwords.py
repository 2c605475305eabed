"""What proves a staff member: the password, and the one-time password (TOTP, RFC 6238) that is good once."""

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from argon2.exceptions import InvalidHashError, VerificationError
from pyotp.totp import TOTP

from portal.accounts import password_hasher, unseal_totp_secret
from portal.database import Cursor, Database
from portal.one_time_codes import digits_of
from shared.sealing import CannotUnseal, Purpose, keys

BY_EMAIL = """
SELECT s.staff, s.email, s.password_hash, s.institution FROM staff s JOIN institution i USING (institution)
WHERE s.email = %(email)s AND s.is_active AND i.is_active AND s.password_hash IS NOT NULL
"""
BY_ID = """
SELECT email, sealed_totp_secret FROM staff
WHERE staff = %(staff)s AND is_active AND sealed_totp_secret IS NOT NULL
"""
USE_STEP = """
UPDATE staff SET last_totp_step = %(step)s
WHERE staff = %(staff)s AND last_totp_step < %(step)s AND is_active AND password_hash IS NOT NULL RETURNING staff
"""
# It waits for whoever disables or resets the account at this moment, and then finds it so.
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Account:
    """Whose password was right."""

    staff: UUID
    institution: str


def account_index(email: str) -> str:
    """The blind index of an address as it was typed, known or not: what limits go by."""
    return keys().blind_index(Purpose.PORTAL, f"staff:{email.lower()}")


async def by_password(database: Database, email: str, password: str) -> Account | None:
    """The account of an address and its password. An unknown address takes as long as a wrong password."""
    row = await database.one(BY_EMAIL, {"email": email.lower()})
    password_hash = row["password_hash"] if row else _nobodys_hash()
    is_right = await asyncio.to_thread(_verify, password_hash, password[:LONGEST_PASSWORD])
    return Account(row["staff"], row["institution"]) if row and is_right else None


@cache
def _nobodys_hash() -> str:
    return password_hasher.hash(secrets.token_hex(8))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return password_hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def secret_of(database: Database, staff: UUID) -> str | None:
    """An account's TOTP secret; None where it cannot be opened."""
    row: dict[str, Any] | None = await database.one(BY_ID, {"staff": staff})
    try:
        return unseal_totp_secret(staff, row["sealed_totp_secret"]) if row else None
    except CannotUnseal:
        return None


def step_of(secret: str, written: str, at: datetime) -> int | None:
    """The time step whose one-time password this is: the present one or a neighbour of it."""
    totp, typed = TOTP(secret), digits_of(written)
    present = totp.timecode(at)
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed):
            return step
    return None


async def use_step(cursor: Cursor, staff: UUID, step: int) -> bool:
    """Use a time step up. False where it, or a later one, was used before."""
    await cursor.execute(USE_STEP, {"staff": staff, "step": step})
    return await cursor.fetchone() is not None
