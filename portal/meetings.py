"""Townhall meetings, read for every door: the public ones only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.database import Database, Row
from portal.family.views import MeetingView
from portal.local_text import in_language

# A row from before the bounds (shared/bounds.py) would overflow when it is shown: it alone is left out, in every list.
PUBLIC = """
SELECT * FROM meeting WHERE is_public AND starts_at > %(since)s AND starts_at < '2101-01-01Z'
ORDER BY starts_at LIMIT 60
"""
ONE = """
SELECT * FROM meeting WHERE meeting = %(meeting)s AND is_public
    AND starts_at >= '1900-01-01Z' AND starts_at < '2101-01-01Z'
"""
ASKED = """
SELECT q.notice, r.answer FROM last_question q LEFT JOIN reply r ON r.contact = q.contact AND r.notice = q.notice
WHERE q.contact = %(contact)s AND q.meeting = %(meeting)s
"""
LASTS = timedelta(hours=2)
"""How long a meeting is taken to last: its plan says when it begins."""


async def public_meetings(database: Database, at: datetime) -> list[Row]:
    """Public meetings to come, cancelled ones too, the soonest first."""
    return await database.all(PUBLIC, {"since": at - LASTS})


async def public_meeting(database: Database, meeting: UUID) -> Row | None:
    """A public meeting."""
    return await database.one(ONE, {"meeting": meeting})


async def question_about(database: Database, contact: UUID, meeting: UUID) -> Row | None:
    """The notice of a meeting that a contact was sent last, and its `answer`, if it gave one."""
    return await database.one(ASKED, {"contact": contact, "meeting": meeting})


def meeting_view(row: Mapping[str, Any], lang: str, reply: str | None = None) -> MeetingView:
    """A meeting as pages show it, in a language."""
    starts_at = row["starts_at"]
    if isinstance(starts_at, str):
        starts_at = datetime.fromisoformat(starts_at)
    return MeetingView(
        key=str(row["meeting"]),
        title=in_language(row["title"], lang),
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        place=in_language(row["place"], lang),
        zone=row["time_zone"],
        is_cancelled=row["is_cancelled"],
        reply=reply,
    )
