"""A call: which institution makes it, by its key, and what it may ask for."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client import Counter
from starlette.requests import Request

from portal import accounts, audit
from portal.api.problems import Refused
from portal.at_hand import AtHand, database_of
from portal.database import Cursor, Row
from portal.institution_kinds import Scope, effective_scopes
from portal.limits import Limit
from shared.database import utc_now
from shared.messages.model import Actor

OF_KEY = """
SELECT k.api_key, k.institution, k.scopes, k.expires_at, k.last_used_at, i.kinds
FROM api_key k JOIN institution i USING (institution)
WHERE k.key_digest = %(digest)s AND k.is_active AND i.is_active
"""
NOTE_USE = """
UPDATE api_key SET last_used_at = %(at)s
WHERE api_key = %(api_key)s AND (last_used_at IS NULL OR last_used_at < %(before)s)
"""
NOTE_USE_AFTER = timedelta(minutes=1)
"""A key's last use is as exact as this: it is not written in every call."""
REALM = 'Bearer realm="sila"'
refused_total = Counter("sila_api_refused_total", "Calls of institutions turned away at the door.", ["reason"])


@dataclass(frozen=True, slots=True)
class Caller:
    """An institution, and what its key is good for within the institution's kinds."""

    key: UUID
    institution: str
    scopes: frozenset[Scope]


@dataclass(slots=True)
class Call(AtHand):
    """One call: its request, who makes it, when it came, and its body, which is never logged."""

    request: Request
    caller: Caller
    at: datetime = field(default_factory=utc_now)
    body: bytes = b""

    @property
    def institution(self) -> str:
        """Who calls."""
        return self.caller.institution

    @property
    def actor(self) -> Actor:
        """As whom the caller's commands are given."""
        return Actor(institution=self.institution, key=self.caller.key)

    @property
    def fingerprint(self) -> bytes:
        """What makes two calls the same: method, path and body."""
        head = f"{self.request.method} {self.request.url.path}\n".encode()
        return hashlib.sha256(head + self.body).digest()

    def named_id(self) -> UUID:
        """The id in the path. Raises Refused 404 where it is none: nothing has such a name."""
        try:
            return UUID(self.request.path_params["id"])
        except ValueError:
            raise Refused(404) from None

    async def count(self, limit: Limit) -> None:
        """Count one use of the key. Raises TooMany."""
        await self.limits.count(limit, str(self.caller.key))

    async def note(self, cursor: Cursor, action: str, subject: str, detail: str | None = None) -> None:
        """Put the call into the audit trail, in the cursor's transaction."""
        await audit.append(cursor, self.at, "api", action, subject, institution=self.institution, detail=detail)

    async def note_look(self, action: str, subject: str, detail: str | None = None) -> None:
        """Put a look into the audit trail before anything is shown."""
        async with self.database.transaction() as cursor:
            await self.note(cursor, action, subject, detail)


async def admit(request: Request, scope: str | None) -> Call:
    """Let an institution in that has a key for this.

    Raises Refused (401 without a good key, 403 where the key is not for this) and TooMany.
    """
    caller = await _caller_of(request)
    call = Call(request, caller)
    await call.count(Limit.CALLS_BY_KEY)
    await call.limits.count(Limit.CALLS_BY_INSTITUTION, call.institution)
    if scope is not None and scope not in caller.scopes:
        refused_total.labels("scope").inc()
        challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        raise Refused(403, "This key is not for that.", headers={"www-authenticate": challenge})
    return call


async def _caller_of(request: Request) -> Caller:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        row = await database_of(request).one(OF_KEY, {"digest": accounts.key_digest(key.strip())})
        if row is not None:
            return await _caller(request, row, utc_now())
    refused_total.labels("key").inc()
    raise Refused(401, "Send your institution's key: Authorization: Bearer …", headers={"www-authenticate": REALM})


async def _caller(request: Request, row: Row, at: datetime) -> Caller:
    if row["expires_at"] <= at:
        refused_total.labels("expired").inc()
        challenge = f'{REALM}, error="invalid_token", error_description="expired"'
        detail = "This key has expired. Your institution's administrator makes a new one."
        raise Refused(401, detail, headers={"www-authenticate": challenge})
    before, last = at - NOTE_USE_AFTER, row["last_used_at"]
    if last is None or last < before:
        await database_of(request).run(NOTE_USE, {"api_key": row["api_key"], "at": at, "before": before})
    return Caller(row["api_key"], row["institution"], effective_scopes(row["scopes"], row["kinds"]))
