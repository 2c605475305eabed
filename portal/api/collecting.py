"""Where and when samples are taken, from the projection."""

from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portal.api.answers import Sessions, Sites
from portal.api.calls import Call
from shared.bounds import Moment
from shared.messages.report_content import Governorate

SITES = """
SELECT site, name, directions, country, governorate, time_zone, latitude, longitude, has_women_staff, is_step_free
FROM site WHERE is_open ORDER BY country, governorate, site
"""
SESSIONS = """
SELECT s.session, s.site, t.governorate, s.starts_at, s.ends_at, t.time_zone, s.capacity, s.free, s.is_women_only
FROM collection_session s JOIN site t ON t.site = s.site
WHERE s.is_open AND t.is_open AND s.starts_at >= %(since)s AND s.starts_at < '2101-01-01Z' AND s.ends_at < '2101-01-01Z'
    AND (%(governorate)s::text IS NULL OR t.governorate = %(governorate)s)
ORDER BY s.starts_at, s.session LIMIT %(most)s
"""
BAGHDAD = ZoneInfo("Asia/Baghdad")


def _from_midnight(written: object) -> object:
    """A day alone begins at its midnight in Baghdad."""
    try:
        return (
            datetime.combine(date.fromisoformat(str(written)), time(), BAGHDAD) if len(str(written)) == 10 else written
        )
    except ValueError:
        return written


class WhichSessions(BaseModel):
    """Which sessions are asked for: in a governorate, from a day or time on (now, where none is given)."""

    model_config = ConfigDict(extra="forbid")

    governorate: Governorate | None = None
    since: Annotated[Moment | None, BeforeValidator(_from_midnight)] = Field(default=None, alias="from")
    limit: int = Field(default=200, ge=1, le=500)


async def list_sites(call: Call, _: None) -> Sites:
    """The sites that are open."""
    await call.note_look("listed", "sites")
    return Sites.model_validate({"sites": await call.database.all(SITES)})


async def list_sessions(call: Call, asked: WhichSessions) -> Sessions:
    """Open sessions to come, the soonest first."""
    await call.note_look("listed", "sessions")
    which = {"since": asked.since or call.at, "governorate": asked.governorate, "most": asked.limit}
    return Sessions.model_validate({"sessions": await call.database.all(SESSIONS, which)})
