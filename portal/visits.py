"""Sites, collection sessions and visits, read for every door."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.database import Database, Row
from portal.distances import ABROAD, CAPITALS
from portal.family.views import SessionOffer, SiteView, VisitView, WaitingView
from portal.local_text import in_language

# For phones: to a site abroad a family consents in words first, which a text or a key cannot hold.
# Sessions and visits from before the bounds (shared/bounds.py) would overflow when they are shown: they are left out.
OFFERS = """
SELECT s.session, s.starts_at, s.ends_at, s.free, s.is_women_only, to_jsonb(t) AS site
FROM collection_session s JOIN site t ON t.site = s.site
WHERE s.is_open AND t.is_open AND t.country = 'IQ' AND s.free >= %(places)s AND s.starts_at > %(at)s
    AND s.starts_at < '2101-01-01Z'
ORDER BY (t.governorate IS NOT DISTINCT FROM %(near)s) DESC, s.starts_at, s.session LIMIT %(most)s
"""
# A degree of latitude is 111.2 km; near enough, on a flat map of one country, to say what is nearer. A site whose place
# on the map nobody entered counts as near in its own governorate.
NEAREST = """
SELECT * FROM (
    SELECT s.session, s.starts_at, s.ends_at, s.free, s.is_women_only, to_jsonb(t) AS site,
        111.2 * sqrt((t.latitude - %(lat)s) ^ 2 + ((t.longitude - %(lon)s) * cos(radians(%(lat)s))) ^ 2) AS km,
        row_number() OVER (PARTITION BY t.site ORDER BY s.starts_at, s.session) AS of_site
    FROM collection_session s JOIN site t ON t.site = s.site
    WHERE s.is_open AND t.is_open AND s.free >= %(places)s AND s.starts_at > %(at)s AND s.starts_at < '2101-01-01Z'
        AND (NOT %(women)s OR s.is_women_only) AND (NOT %(step_free)s OR t.is_step_free)
        AND (NOT %(abroad)s OR t.country <> 'IQ') AND (%(site)s::uuid IS NULL OR t.site = %(site)s)
) open_one
WHERE of_site <= %(of_each)s
ORDER BY coalesce(km, CASE site ->> 'governorate' WHEN %(near)s THEN 0 END) NULLS LAST, starts_at, session
LIMIT %(most)s
"""
SITES = """
SELECT to_jsonb(t) AS site FROM site t WHERE t.is_open
ORDER BY (t.governorate IS NOT DISTINCT FROM %(near)s) DESC, t.country <> 'IQ', t.governorate, t.site
"""
WAITING = """
SELECT e.entry, e.state, e.places, e.governorate, e.offer, e.offer_ends_at, e.ended_because, to_jsonb(t) AS site,
    w.starts_at AS day, to_jsonb(o) AS offered, to_jsonb(ot) AS offered_site
FROM waiting_entry e
LEFT JOIN site t ON t.site = e.site
LEFT JOIN collection_session w ON w.session = e.session AND w.starts_at < '2101-01-01Z'
LEFT JOIN collection_session o ON o.session = e.offered_session AND o.starts_at < '2101-01-01Z'
LEFT JOIN site ot ON ot.site = o.site
WHERE e.entry = %(entry)s AND e.reference = %(reference)s
"""
OPEN_OFFER = """
SELECT e.entry, e.offer, e.reference, e.contact, e.places, o.starts_at, t.name, t.time_zone
FROM waiting_entry e
JOIN collection_session o ON o.session = e.offered_session
JOIN site t ON t.site = o.site
WHERE e.reference = ANY(%(references)s) AND e.state = 'offered' AND e.offer_ends_at > %(at)s
    AND o.starts_at < '2101-01-01Z'
ORDER BY e.offer_ends_at LIMIT 1
"""
"""The offer that a YES, a NO or a key from a phone with these files answers."""
OFFER = """
SELECT s.session, s.starts_at, s.ends_at, s.free, s.is_women_only, s.is_open, to_jsonb(t) AS site
FROM collection_session s JOIN site t ON t.site = s.site WHERE s.session = %(session)s
    AND s.starts_at >= '1900-01-01Z' AND s.starts_at < '2101-01-01Z'
"""
VISIT = """
SELECT v.visit, v.version, v.session, v.starts_at, v.places, v.state, to_jsonb(t) AS site
FROM visit v JOIN site t ON t.site = v.site WHERE v.visit = %(visit)s AND v.reference = %(reference)s
    AND v.starts_at >= '1900-01-01Z' AND v.starts_at < '2101-01-01Z'
"""
NEXT_VISIT = """
SELECT v.visit, v.starts_at, v.places, v.state, to_jsonb(t) AS site
FROM visit v JOIN site t ON t.site = v.site
WHERE v.reference = %(reference)s AND v.state = 'booked' AND v.starts_at > %(at)s AND v.starts_at < '2101-01-01Z'
ORDER BY v.starts_at LIMIT 1
"""


async def open_sessions(database: Database, at: datetime, *, near: str | None, most: int) -> list[Row]:
    """Sessions in Iraq to come that have a place, with their sites: those near first, then the soonest."""
    return await database.all(OFFERS, {"at": at, "near": near, "places": 1, "most": most})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a family looks for. `near` is a governorate, or `abroad`."""

    near: str = ""
    women_only: bool = False
    step_free: bool = False
    site: UUID | None = None
    places: int = 1


OF_EACH_SITE, MOST = 5, 40


async def nearest_sessions(database: Database, at: datetime, wanted: Wanted) -> list[Row]:
    """Sessions to come that have room, with their sites: the nearest first, and of each site the soonest few."""
    lat, lon = CAPITALS.get(wanted.near, (None, None))
    asked = {
        "at": at,
        "near": wanted.near,
        "lat": lat,
        "lon": lon,
        "women": wanted.women_only,
        "step_free": wanted.step_free,
        "abroad": wanted.near == ABROAD,
        "places": wanted.places,
        "site": wanted.site,
        "of_each": MOST if wanted.site else OF_EACH_SITE,
        "most": MOST,
    }
    return await database.all(NEAREST, asked)


async def open_sites(database: Database, near: str | None) -> list[Row]:
    """The open sites, those of a governorate first."""
    return await database.all(SITES, {"near": near})


async def open_offer(database: Database, reference: str, at: datetime) -> Row | None:
    """What is held for a report's family, while it may still be taken."""
    return await database.one(OPEN_OFFER, {"references": [reference], "at": at})


async def find_waiting(database: Database, reference: str, entry: UUID) -> Row | None:
    """An entry of a report in the waiting line, with the place that it waits for and what it is offered."""
    return await database.one(WAITING, {"entry": entry, "reference": reference})


async def find_session(database: Database, session: UUID) -> Row | None:
    """A session with its site, open or not."""
    return await database.one(OFFER, {"session": session})


async def find_visit(database: Database, reference: str, visit: UUID) -> Row | None:
    """A visit of a report, with its site."""
    return await database.one(VISIT, {"visit": visit, "reference": reference})


async def next_visit(database: Database, reference: str, at: datetime) -> Row | None:
    """The next booked visit of a report, with its site."""
    return await database.one(NEXT_VISIT, {"reference": reference, "at": at})


def sites_with_more(offers: Sequence[SessionOffer], wanted: Wanted) -> list[SiteView]:
    """The sites of which only the soonest days are shown."""
    shown = Counter(offer.site for offer in offers)
    return [] if wanted.site else [site for site, count in shown.items() if count >= OF_EACH_SITE]


def site_view(site: Mapping[str, Any], lang: str) -> SiteView:
    """A site as pages show it, in a language."""
    return SiteView(
        id=site["site"],
        name=in_language(site["name"], lang),
        governorate=site["governorate"],
        country=site["country"],
        zone=site["time_zone"],
        address=in_language(site["street"], lang),
        directions=in_language(site["directions"], lang),
        hours=in_language(site["hours"], lang),
        phone=site["desk_number"] or "",
        latitude=site["latitude"],
        longitude=site["longitude"],
        has_women_staff=site["has_women_staff"],
        is_step_free=site["is_step_free"],
    )


def offer_view(row: Mapping[str, Any], lang: str) -> SessionOffer:
    """A session with its site, as pages show it."""
    site = site_view(row["site"], lang)
    km = row.get("km")
    return SessionOffer(
        row["session"],
        site,
        _moment(row["starts_at"]),
        _moment(row["ends_at"]),
        row["free"],
        row["is_women_only"],
        round(km) if km is not None else None,
    )


def waiting_view(row: Mapping[str, Any], lang: str) -> WaitingView:
    """A place in the waiting line, as pages show it."""
    offered = offer_view(row["offered"] | {"site": row["offered_site"]}, lang) if row["offered"] else None
    return WaitingView(
        id=row["entry"],
        state=row["state"],
        places=row["places"],
        site=site_view(row["site"], lang) if row["site"] else None,
        governorate=row["governorate"],
        day=row["day"],
        offer=row["offer"],
        offered=offered,
        until=row["offer_ends_at"],
        ended_because=row["ended_because"] or "",
    )


def _moment(value: datetime | str) -> datetime:
    """A moment, also as it stands in JSON."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def visit_view(row: Mapping[str, Any], lang: str) -> VisitView:
    """A visit with its site, as pages show it."""
    starts_at = _moment(row["starts_at"])
    visit = row["visit"] if isinstance(row["visit"], UUID) else UUID(row["visit"])
    return VisitView(visit, site_view(row["site"], lang), starts_at, row["places"], row["state"])
