"""Families' sessions: rows with a hashed token, short, ended by “I am done”, by leaving quickly, or by idling."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from portal.cookies import cookie_of, delete_cookie, set_cookie
from portal.database import Cursor, Database

COOKIE = "sila_family"
LONGEST = timedelta(hours=1)

Notice = Literal[
    "", "saved", "asked", "refused", "said", "phone_confirmed", "number_changed", "photo_kept", "photo_removed",
    "photos_full",
]  # fmt: skip

BEGIN = """
INSERT INTO family_session (token_digest, reference, by, created_at, seen_at, expires_at, notice)
VALUES (%(token)s, %(reference)s, %(by)s, %(at)s, %(at)s, %(expires_at)s, %(notice)s)
"""
END = "DELETE FROM family_session WHERE token_digest = %(token)s"
END_ALL = "DELETE FROM family_session WHERE reference = %(reference)s"
TOUCH = "UPDATE family_session SET seen_at = %(at)s, notice = '' WHERE token_digest = %(token)s"
FIRST_LOOK = """
UPDATE family_session SET looked_at = %(at)s, seen_at = %(at)s, notice = ''
WHERE token_digest = %(token)s AND looked_at IS NULL RETURNING reference
"""
OF_DEAD_SESSION = "SELECT reference FROM family_session WHERE token_digest = %(token)s"
"""Whose a session is, also for a while after it was idle too long; not one that was ended."""
TELL = "UPDATE family_session SET notice = %(notice)s WHERE token_digest = %(token)s"


def digest_of(token: str) -> bytes:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).digest()


def token_of(request: Request) -> bytes | None:
    """The digest of the session token that a browser brings."""
    token = cookie_of(request, COOKIE)
    return digest_of(token) if token else None


async def begin_session(
    cursor: Cursor, reference: str, by: Literal["code", "pin"], at: datetime, notice: Notice = ""
) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    row = {
        "token": digest_of(token),
        "reference": reference,
        "by": by,
        "at": at,
        "expires_at": at + LONGEST,
        "notice": notice,
    }
    await cursor.execute(BEGIN, row)
    return token


def hand_over(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    set_cookie(request, response, COOKIE, token, lives_s=None)


async def end_session(database: Database, request: Request, response: Response) -> None:
    """Forget the browser's session, here and there."""
    if token := token_of(request):
        await database.run(END, {"token": token})
    delete_cookie(request, response, COOKIE)


async def end_sessions_of(cursor: Cursor, reference: str) -> None:
    """End every session of a report, as when its number has changed."""
    await cursor.execute(END_ALL, {"reference": reference})


async def tell(database: Database, token: bytes, notice: Notice) -> None:
    """What the session's next page begins with."""
    await database.run(TELL, {"token": token, "notice": notice})
