"""Sites, collection sessions and visits, read for every door."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.database import Database, Row
from portal.family.views import SessionOffer, SiteView, VisitView
from portal.local_text import in_language

OFFERS = """
SELECT s.session, s.starts_at, s.ends_at, s.free, s.is_women_only, to_jsonb(t) AS site
FROM collection_session s JOIN site t ON t.site = s.site
WHERE s.is_open AND t.is_open AND s.free >= %(places)s AND s.starts_at > %(at)s
    AND (%(governorate)s::text IS NULL OR t.governorate = %(governorate)s)
ORDER BY (t.governorate IS NOT DISTINCT FROM %(near)s) DESC, s.starts_at, s.session LIMIT %(most)s
"""
OFFER = """
SELECT s.session, s.starts_at, s.ends_at, s.free, s.is_women_only, s.is_open, to_jsonb(t) AS site
FROM collection_session s JOIN site t ON t.site = s.site WHERE s.session = %(session)s
"""
VISIT = """
SELECT v.visit, v.starts_at, v.places, v.state, to_jsonb(t) AS site
FROM visit v JOIN site t ON t.site = v.site WHERE v.visit = %(visit)s AND v.reference = %(reference)s
"""
NEXT_VISIT = """
SELECT v.visit, v.starts_at, v.places, v.state, to_jsonb(t) AS site
FROM visit v JOIN site t ON t.site = v.site
WHERE v.reference = %(reference)s AND v.state = 'booked' AND v.starts_at > %(at)s ORDER BY v.starts_at LIMIT 1
"""


async def open_sessions(
    database: Database,
    at: datetime,
    *,
    governorate: str | None = None,
    near: str | None = None,
    places: int = 1,
    most: int = 20,
) -> list[Row]:
    """Sessions to come that have room for so many, with their sites: those near first, then the soonest."""
    asked = {"at": at, "governorate": governorate, "near": near, "places": places, "most": most}
    return await database.all(OFFERS, asked)


async def find_session(database: Database, session: UUID) -> Row | None:
    """A session with its site, open or not."""
    return await database.one(OFFER, {"session": session})


async def find_visit(database: Database, reference: str, visit: UUID) -> Row | None:
    """A visit of a report, with its site."""
    return await database.one(VISIT, {"visit": visit, "reference": reference})


async def next_visit(database: Database, reference: str, at: datetime) -> Row | None:
    """The next booked visit of a report, with its site."""
    return await database.one(NEXT_VISIT, {"reference": reference, "at": at})


def site_view(site: Mapping[str, Any], lang: str) -> SiteView:
    """A site as pages show it, in a language."""
    return SiteView(
        name=in_language(site["name"], lang),
        governorate=site["governorate"],
        country=site["country"],
        zone=site["time_zone"],
        directions=in_language(site["directions"], lang),
        has_women_staff=site["has_women_staff"],
        is_step_free=site["is_step_free"],
    )


def offer_view(row: Mapping[str, Any], lang: str) -> SessionOffer:
    """A session with its site, as pages show it."""
    site = site_view(row["site"], lang)
    return SessionOffer(row["session"], site, row["starts_at"], row["ends_at"], row["free"], row["is_women_only"])


def visit_view(row: Mapping[str, Any], lang: str) -> VisitView:
    """A visit with its site, as pages show it."""
    starts_at = row["starts_at"]
    if isinstance(starts_at, str):
        starts_at = datetime.fromisoformat(starts_at)
    visit = row["visit"] if isinstance(row["visit"], UUID) else UUID(row["visit"])
    return VisitView(visit, site_view(row["site"], lang), starts_at, row["places"], row["state"])
