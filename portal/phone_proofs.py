"""Proofs that a phone is in hand: a code sent to it, and for a family's new number another to a phone that it trusts.

As with log-in, a proof that cannot be met (an unknown report, nobody trusted, a limit reached) leaves the same rows.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from portal.browsers import Browser
from portal.database import Cursor, Database
from portal.one_time_codes import DIGITS, Receiver, digits_of, text_code
from shared.sealing import Purpose, keys

ProofOf = Literal["new_number", "second_contact"]
MOST_TRIES: Final = 5

BEGIN = """
INSERT INTO phone_proof (proof, purpose, browser_digest, reference, sealed_number, code_digest, trusted_code_digest,
                         expires_at)
VALUES (%(proof)s, %(purpose)s, %(browser)s, %(reference)s, %(number)s, %(code)s, %(trusted)s, %(expires_at)s)
"""
TRY = """
UPDATE phone_proof SET tries = tries + 1
WHERE proof = %(proof)s AND browser_digest = %(browser)s AND purpose = %(purpose)s AND used_at IS NULL
    AND tries < %(most)s AND expires_at > %(at)s
RETURNING reference, sealed_number, code_digest, trusted_code_digest
"""
WAS_MET = """
SELECT 1 AS met FROM phone_proof
WHERE proof = %(proof)s AND browser_digest = %(browser)s AND used_at IS NOT NULL AND expires_at > %(at)s
"""
USE = "UPDATE phone_proof SET used_at = %(at)s WHERE proof = %(proof)s"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a proof is about. `receiver` has the phone, `trusted` the one that confirms it; None: nobody is texted."""

    purpose: ProofOf
    reference: str | None
    number: str
    receiver: Receiver | None
    trusted: Receiver | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A number (E.164) that was proved, for a report."""

    reference: str
    number: str


async def begin_proof(cursor: Cursor, browser: Browser, asked: Asked, at: datetime, lives_s: int) -> UUID:
    """Make the codes of a proof and send them."""
    proof, expires_at = uuid4(), at + timedelta(seconds=lives_s)
    code, trusted_code = _new_code(), _new_code()
    row = {
        "proof": proof,
        "purpose": asked.purpose,
        "browser": browser.digest,
        "reference": asked.reference if asked.receiver else None,
        "number": keys().seal(Purpose.PORTAL, asked.number.encode(), f"proof:{proof}"),
        "code": _digest(proof, browser, code),
        "trusted": _digest(proof, browser, f"trusted:{trusted_code}") if asked.purpose == "new_number" else None,
        "expires_at": expires_at,
    }
    await cursor.execute(BEGIN, row)
    await text_code(cursor, asked.receiver, code, expires_at, at)
    if asked.purpose == "new_number":
        await text_code(cursor, asked.trusted, trusted_code, expires_at, at)
    return proof


async def try_proof(
    cursor: Cursor, proof: UUID, browser: Browser, purpose: ProofOf, written: tuple[str, str], at: datetime
) -> Proven | None:
    """The number that the codes prove, where they are the proof's. Counts the try; must be committed either way."""
    asked = {"proof": proof, "browser": browser.digest, "purpose": purpose, "most": MOST_TRIES, "at": at}
    await cursor.execute(TRY, asked)
    row = await cursor.fetchone()
    code, trusted = (digits_of(each) for each in written)
    if row is None or row["reference"] is None:
        return None
    fits = hmac.compare_digest(_digest(proof, browser, code), row["code_digest"])
    if row["trusted_code_digest"] is not None:
        fits &= hmac.compare_digest(_digest(proof, browser, f"trusted:{trusted}"), row["trusted_code_digest"])
    if not fits:
        return None
    await cursor.execute(USE, asked)
    number = keys().unseal(Purpose.PORTAL, row["sealed_number"], f"proof:{proof}").decode()
    return Proven(row["reference"], number)


async def was_met(database: Database, proof: UUID, browser: Browser, at: datetime) -> bool:
    """Whether this browser has met the proof before: a button that was pressed twice is no wrong code."""
    return await database.one(WAS_MET, {"proof": proof, "browser": browser.digest, "at": at}) is not None


def _new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _digest(proof: UUID, browser: Browser, code: str) -> str:
    return keys().blind_index(Purpose.CODES, f"proof:{proof}:{browser.token}:{code}")
