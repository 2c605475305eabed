"""Staff's sessions: rows with a hashed token, a new one at each step of the log-in, ended by idling and by log-out."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.accounts import Role
from portal.at_hand import database_of
from portal.cookies import cookie_of, delete_cookie, set_cookie
from portal.database import Cursor, Row
from portal.institution_kinds import effective_roles
from portal.sessions import digest_of
from shared.database import utc_now
from shared.messages.model import Actor, NationalRole

COOKIE = "sila_staff"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
TO_FINISH_LOG_IN = timedelta(minutes=5)
"""How long after the password its one-time password may follow."""
TOUCH_AFTER = timedelta(seconds=60)

READ = """
SELECT s.has_totp, s.seen_at, a.staff, a.name, a.email, a.roles, a.institution, i.name AS institution_name, i.kinds
FROM staff_session s JOIN staff a USING (staff) JOIN institution i ON i.institution = a.institution
WHERE s.token_digest = %(token)s AND s.expires_at > %(at)s AND s.seen_at > %(idle_since)s
    AND a.is_active AND i.is_active
"""
BEGIN = """
INSERT INTO staff_session (token_digest, staff, has_totp, created_at, seen_at, expires_at)
VALUES (%(token)s, %(staff)s, %(has_totp)s, %(at)s, %(at)s, %(expires_at)s)
"""
TOUCH = "UPDATE staff_session SET seen_at = %(at)s WHERE token_digest = %(token)s"
END = "DELETE FROM staff_session WHERE token_digest = %(token)s RETURNING staff"


@dataclass(frozen=True, slots=True)
class Member:
    """A staff member with an open session and the roles that its institution's kinds allow.

    Until `has_totp` the session opens nothing but the log-in's next step.
    """

    staff: UUID
    name: str
    email: str
    roles: frozenset[Role]
    institution: str
    institution_name: str
    has_totp: bool

    @property
    def actor(self) -> Actor:
        """As whom this member acts for its institution."""
        return Actor(institution=self.institution, staff=self.staff)

    def acting_as(self, national: NationalRole) -> Actor:
        """As whom this member acts in a national role."""
        return Actor(institution=self.institution, staff=self.staff, national=national)

    @property
    def sees_as(self) -> str | None:
        """As which institution records are read; None is the coordinator, who sees all."""
        return None if Role.COORDINATOR in self.roles else self.institution


async def member_of(request: Request) -> Member | None:
    """Who has a session in this browser; None where there is none, or it has ended."""
    token = cookie_of(request, COOKIE)
    if not token:
        return None
    database = database_of(request)
    at, digest = utc_now(), digest_of(token)
    row = await database.one(READ, {"token": digest, "at": at, "idle_since": at - IDLE})
    if row is None:
        return None
    if at - row.pop("seen_at") > TOUCH_AFTER:
        await database.run(TOUCH, {"token": digest, "at": at})
    return _member(row)


def _member(row: Row) -> Member:
    name = row["institution_name"].get("en") or row["institution"]
    roles = effective_roles(row["roles"], row.pop("kinds"))
    shown: Row = {**row, "roles": roles, "institution_name": name}
    return Member(**shown)


async def begin_session(cursor: Cursor, staff: UUID, at: datetime, *, has_totp: bool) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    lives = LONGEST if has_totp else TO_FINISH_LOG_IN
    row = {"token": digest_of(token), "staff": staff, "has_totp": has_totp, "at": at, "expires_at": at + lives}
    await cursor.execute(BEGIN, row)
    return token


async def forget_session(cursor: Cursor, request: Request) -> UUID | None:
    """Remove the browser's session. Returns whose it was."""
    token = cookie_of(request, COOKIE)
    await cursor.execute(END, {"token": digest_of(token) if token else b""})
    row = await cursor.fetchone()
    return row["staff"] if row else None


def hand_over(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    set_cookie(request, response, COOKIE, token, lives_s=None)


def take_away(request: Request, response: Response) -> None:
    """Take the browser's session away."""
    delete_cookie(request, response, COOKIE)
