"""Families' files, read: a family's own by its session, in one indexed read that those who come at the same moment
share; any by its reference, for who may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from starlette.requests import Request

from portal import audit
from portal.at_hand import database_of
from portal.database import Database
from portal.sessions import FIRST_LOOK, TOUCH, token_of
from portal.together import Together
from shared.database import utc_now
from shared.messages.model import FamilyActor, Language
from shared.settings import Settings

MOST_TOGETHER = 32

# The array stands in a SELECT so that no plan is made for its length: a plan of its own costs more than the read.
OF_SESSION: LiteralString = """
SELECT s.token_digest AS token, s.looked_at IS NULL AS is_first_look, s.notice,
    s.notice <> '' OR s.seen_at < now() - interval '1 minute' AS is_to_touch,
    f.reference, f.version, f.institution, f.status, f.timeline, f.needs, f.governorate, f.contact, f.is_verified,
    f.language, f.channel, f.detail, f.consent_contact, f.consent_share, f.consent_also, f.is_open,
    f.would_help, f.wants_to_wait, f.contact_person, f.hand_over, f.share_asked,
    c.phone_index, c.sealed_phone, coalesce(o.is_stopped, false) AS has_opted_out,
    (SELECT jsonb_agg(jsonb_build_object('visit', v.visit, 'starts_at', v.starts_at, 'places', v.places,
            'state', v.state, 'site', to_jsonb(t)) ORDER BY v.starts_at)
        FROM visit v LEFT JOIN site t ON t.site = v.site
        WHERE v.reference = f.reference AND v.state IN ('booked', 'cancelled')
            AND v.starts_at > now() - interval '1 day' AND v.starts_at < '2101-01-01Z') AS visits,
    (SELECT jsonb_agg(jsonb_build_object('entry', e.entry, 'state', e.state, 'until', e.offer_ends_at,
            'zone', t.time_zone))
        FROM waiting_entry e LEFT JOIN collection_session s ON s.session = e.offered_session
            LEFT JOIN site t ON t.site = s.site
        WHERE e.reference = f.reference AND e.state IN ('waiting', 'offered')) AS waiting,
    (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.starts_at) FROM (
            SELECT * FROM meeting WHERE is_public AND NOT is_cancelled
                AND starts_at > now() AND starts_at < '2101-01-01Z' AND meeting.governorate = f.governorate
                ORDER BY starts_at LIMIT 3) m) AS meetings,
    (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.raised_at DESC) FROM (
            SELECT * FROM concern WHERE concern.reference = f.reference
                AND raised_at >= '1900-01-01Z' AND raised_at < '2101-01-01Z'
                ORDER BY raised_at DESC LIMIT 5) c) AS concerns,
    (SELECT k.form FROM kept_words k WHERE k.reference = f.reference AND k.expires_at > now() LIMIT 1) AS unsent
FROM family_session s
JOIN family_file f ON f.reference = s.reference
LEFT JOIN contact c ON c.contact = f.contact
LEFT JOIN phone_opt_out o ON o.phone_index = c.phone_index
WHERE s.token_digest = ANY((SELECT %(tokens)b::bytea[])::bytea[])
    AND s.expires_at > now() AND s.seen_at > now() - make_interval(secs => %(idle_s)s)
"""
TO_LOG_IN = """
SELECT f.reference, f.contact, f.is_verified, f.language, f.is_demo, c.phone_index, c.sealed_phone
FROM family_file f
LEFT JOIN contact c ON c.contact = f.contact AND (c.logs_in_from IS NULL OR c.logs_in_from <= clock_timestamp())
WHERE f.reference = %(reference)s
"""


class FamilyFile(NamedTuple):
    """A family's own file, and the session by which it is open. Times are aware.

    The fields are the columns of OF_SESSION, in their order.

    `visits`, `waiting`, `meetings` and `concerns` are as the projection has them; `unsent` names a form with words that
    came after a session was over.
    """

    token: bytes
    is_first_look: bool
    notice: str
    is_to_touch: bool
    reference: str
    version: int
    institution: str
    status: str
    timeline: list[dict[str, Any]]
    needs: list[str]
    governorate: str | None
    contact: UUID
    is_verified: bool
    language: str
    channel: str
    detail: str
    consent_contact: list[str]
    consent_share: list[str]
    consent_also: list[str]
    is_open: bool
    would_help: list[str]
    wants_to_wait: bool
    contact_person: UUID | None
    hand_over: dict[str, Any] | None
    share_asked: list[str]
    phone_index: str | None
    sealed_phone: str | None
    has_opted_out: bool
    visits: list[dict[str, Any]] | None
    waiting: list[dict[str, Any]] | None
    meetings: list[dict[str, Any]] | None
    concerns: list[dict[str, Any]] | None
    unsent: str | None

    @property
    def actor(self) -> FamilyActor:
        """As whom the family acts."""
        return FamilyActor(reference=self.reference)

    @property
    def may_be_told(self) -> bool:
        """Whether the family agreed to be contacted, by any way."""
        return bool(self.consent_contact)

    @property
    def is_stopped(self) -> bool:
        """Whether the family gets no messages."""
        return self.has_opted_out or not self.may_be_told


class FilesOfSessions:
    """The files that sessions open; those that are asked for at the same moment are read together."""

    def __init__(self, database: Database, config: Settings) -> None:
        self._database, self._idle_s = database, config.session_idle_s
        self.by = Together(self._read, most=MOST_TOGETHER, at_once=2)
        """The file that a session's token opens, or None. Raises what the database does."""

    async def _read(self, tokens: list[bytes]) -> list[FamilyFile | None]:
        rows = await self._database.values(OF_SESSION, {"tokens": tokens, "idle_s": self._idle_s})
        files = {file.token: file for file in map(FamilyFile._make, rows)}
        return [files.get(token) for token in tokens]


async def of_family(request: Request) -> FamilyFile | None:
    """The file that the browser's session opens; None where there is no session, or it has ended.

    The first look of a session goes into the audit trail.
    """
    token = token_of(request)
    if token is None:
        return None
    files: FilesOfSessions = request.app.state.files_of_sessions
    file = await files.by(token)
    if file is None:
        return None
    database = database_of(request)
    if file.is_first_look:
        await _note_first_look(database, file, utc_now())
    elif file.is_to_touch:
        await database.run(TOUCH, {"token": token, "at": utc_now()})
    return file


async def _note_first_look(database: Database, file: FamilyFile, at: datetime) -> None:
    async with database.transaction() as cursor:
        await cursor.execute(FIRST_LOOK, {"token": file.token, "at": at})
        if await cursor.fetchone():
            await audit.append(cursor, at, "family", "looked", file.reference)


@dataclass(frozen=True, slots=True)
class WhoLogsIn:
    """What a log-in needs to know of a report."""

    reference: str
    contact: UUID
    is_verified: bool
    language: Language
    is_demo: bool
    phone_index: str | None
    sealed_phone: str | None


async def to_log_in(database: Database, reference: str) -> WhoLogsIn | None:
    """The report that a reference names; None where there is none."""
    row = await database.one(TO_LOG_IN, {"reference": reference})
    return WhoLogsIn(**row) if row else None
