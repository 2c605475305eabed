"""One-time codes (NIST SP 800-63B): six digits, five tries, ten minutes, once, good only in the browser that asked.

The portal keeps an HMAC, the gateway alone can open the code, and nothing projects or logs it. A reference that is
unknown, or whose case may get no code now, costs the same work and leaves the same row.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from portal.browsers import Browser
from portal.database import Cursor, Database
from shared.messages.gateway import CarriedAs, Send, Template
from shared.messages.model import ContactId, Lane, Language
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.sealing import Purpose, keys

MOST_TRIES = 5
DIGITS = 6

REMEMBER = """
INSERT INTO challenge (challenge, browser_digest, typed_digest, reference, contact, is_sent, code_digest, created_at,
                       expires_at)
VALUES (%(challenge)s, %(browser_digest)s, %(typed_digest)s, %(reference)s, %(contact)s, %(is_sent)s, %(code_digest)s,
        %(at)s, %(expires_at)s)
"""
WRITE_UNSENT = WRITE.replace("INTO outbox", "INTO unsent_code")
TRY = """
UPDATE challenge SET tries = tries + 1
WHERE challenge = %(challenge)s AND browser_digest = %(browser_digest)s AND used_at IS NULL AND tries < %(most)s
    AND expires_at > %(at)s
RETURNING reference, is_sent, code_digest
"""
USE = "UPDATE challenge SET used_at = %(at)s WHERE challenge = %(challenge)s"
LOOK = """
SELECT challenge, reference, contact, typed_digest FROM challenge
WHERE challenge = %(challenge)s AND browser_digest = %(browser_digest)s AND used_at IS NULL AND expires_at > %(at)s
"""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a code goes: to a contact, or to a phone that is nobody's contact yet."""

    contact: ContactId | None = None
    phone: str | None = None
    language: Language | None = None
    by: CarriedAs | None = None
    """A text or a call, as was asked for; None: as the contact chose."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that was asked for, and is neither used nor expired. `reference` is None where it is unknown."""

    challenge: UUID
    reference: str | None
    contact: UUID | None
    typed_digest: str


async def send_code(
    cursor: Cursor,
    browser: Browser,
    typed_digest: str,
    reference: str | None,
    contact: UUID | None,
    receiver: Receiver | None,
    at: datetime,
    lives_s: int,
) -> UUID:
    """Make a code and send it, in the cursor's transaction. Without a receiver everything is done but the sending."""
    challenge, code = uuid4(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    expires_at = at + timedelta(seconds=lives_s)
    row = {
        "challenge": challenge,
        "browser_digest": browser.digest,
        "typed_digest": typed_digest,
        "reference": reference,
        "contact": contact,
        "is_sent": receiver is not None,
        "code_digest": _digest(challenge, browser, code),
        "at": at,
        "expires_at": expires_at,
    }
    await cursor.execute(REMEMBER, row)
    await text_code(cursor, receiver, code, expires_at, at)
    return challenge


async def text_code(cursor: Cursor, receiver: Receiver | None, code: str, expires_at: datetime, at: datetime) -> None:
    """Send a code, in the cursor's transaction; without a receiver, do the like of it."""
    text = _text(receiver or Receiver(contact=uuid4()), code, expires_at)
    written = write_parameters([outbox_row(text, at, lane=Lane.URGENT)])
    await cursor.execute(WRITE if receiver else WRITE_UNSENT, written)


def _text(receiver: Receiver, code: str, expires_at: datetime) -> Send:
    return Send(
        text=uuid4(),
        contact=receiver.contact,
        phone=receiver.phone,
        language=receiver.language,
        channel=receiver.by,
        template=Template.OTP,
        sealed_values={"code": keys().seal_for_gateway(code)},
        text_class="code",
        not_after=expires_at,
    )


async def open_challenge(database: Database, challenge: UUID, browser: Browser, at: datetime) -> Challenge | None:
    """A challenge of this browser that can still be met."""
    asked = {"challenge": challenge, "browser_digest": browser.digest, "at": at}
    row = await database.one(LOOK, asked)
    return Challenge(**row) if row else None


async def try_code(cursor: Cursor, challenge: UUID, browser: Browser, written: str, at: datetime) -> str | None:
    """The reference that the code opens, where it is the challenge's. Counts the try, and uses the challenge up if so.

    The transaction must commit either way.
    """
    asked = {"challenge": challenge, "browser_digest": browser.digest, "at": at, "most": MOST_TRIES}
    await cursor.execute(TRY, asked)
    row = await cursor.fetchone()
    digest = _digest(challenge, browser, digits_of(written))
    if row is None or not hmac.compare_digest(digest, row["code_digest"]):
        return None
    if row["reference"] is None or not row["is_sent"]:  # else a guess would cost no text, and limits would bound none
        return None
    await use_up(cursor, challenge, at)
    return row["reference"]


async def use_up(cursor: Cursor, challenge: UUID, at: datetime) -> None:
    """Nobody can meet this challenge any more."""
    await cursor.execute(USE, {"challenge": challenge, "at": at})


def digits_of(written: str) -> str:
    """The digits in what somebody wrote, in any script, as Western ones."""
    found = (unicodedata.digit(c, None) for c in written[:40])
    return "".join(str(d) for d in found if d is not None)


def _digest(challenge: UUID, browser: Browser, code: str) -> str:
    return keys().blind_index(Purpose.CODES, f"{challenge}:{browser.token}:{code}")
