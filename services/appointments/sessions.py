"""Collection sessions: opened with so many places, which are offered first to those who wait."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments import follow_up, offers, places
from services.appointments.sites import refuse_unless_run_by
from services.appointments.tables import CollectionSession, Site
from shared.bounds import FIRST_MOMENT, LAST_MOMENT
from shared.messages.appointments import OpenSession, SessionChanged
from shared.messaging.refusal import Refusal

BOUNDED = sa.and_(
    col(CollectionSession.starts_at).between(FIRST_MOMENT, LAST_MOMENT),
    col(CollectionSession.ends_at).between(FIRST_MOMENT, LAST_MOMENT),
)
"""A session that was opened before moments were bounded cannot be shown, and is left out of every list."""


class SessionExists(Refusal):
    """A session of this id was opened before."""

    reason = "session_exists"


class EndsBeforeStart(Refusal):
    """A session must end after it starts."""

    reason = "ends_before_start"


def open_session(db: Session, command: OpenSession) -> None:
    """Open a session; its places are offered first to those who wait at its site or in its governorate.

    Refuses with UnknownSite, NotYours, EndsBeforeStart or SessionExists.
    """
    refuse_unless_run_by(db, command.actor, command.site)
    if command.ends_at <= command.starts_at:
        raise EndsBeforeStart
    if _exists(db, command.session):
        raise SessionExists
    opened = command.model_dump(exclude={"session", "actor"})
    session = CollectionSession(id=command.session, version=1, free=command.capacity, **opened)
    db.add(session)
    db.flush()
    places.tell_session(db, session.model_dump())
    follow_up.plan(db, session)
    offers.make(db, session.id)


def sessions(db: Session, site: str | None, since: str, institution: str | None = None) -> list[dict[str, Any]]:
    """A site's sessions, or those of every site that an institution runs, that start at `since` or later, for staff.

    `since` is in ISO 8601.
    """
    asked = select(CollectionSession).where(BOUNDED, CollectionSession.starts_at >= datetime.fromisoformat(since))
    if institution is not None:
        asked = asked.join(Site).where(Site.institution == institution)
    if site:
        asked = asked.where(CollectionSession.site == UUID(site))
    found = db.exec(asked.order_by(col(CollectionSession.starts_at)).execution_options(populate_existing=True))
    return [session.model_dump(mode="json") for session in found]


CALENDAR = sa.text("""
SELECT s.id, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only,
       count(v.id) FILTER (WHERE v.state = 'booked') AS booked,
       count(v.id) FILTER (WHERE v.state = 'attended') AS attended
FROM collection_session s LEFT JOIN visit v ON v.session = s.id
WHERE s.site = :site AND s.starts_at >= :begins AND s.starts_at < :ends AND s.ends_at < '2101-01-01Z'
GROUP BY s.id ORDER BY s.starts_at, s.id
""")


def site_calendar(
    db: Session, site: str, day: str, days: int = 1, institution: str | None = None
) -> list[dict[str, Any]]:
    """A site's sessions from a day on (ISO 8601, by the site's own clock), each with its visits counted, for staff.

    Raises LookupError where there is no such site, or `institution` does not run it.
    """
    found = db.get(Site, UUID(site))
    if found is None or institution not in (None, found.institution):
        raise LookupError("no such site")
    zone = found.time_zone
    begins = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
    window = {"site": UUID(site), "begins": begins, "ends": begins + timedelta(days=min(days, 31))}
    return [_jsonable(row) for row in db.connection().execute(CALENDAR, window).mappings()]


def states(db: Session) -> Iterator[SessionChanged]:
    """Every session as it is now, but for those from before moments were bounded."""
    bounded = select(CollectionSession).where(BOUNDED)
    for session in db.exec(bounded.execution_options(populate_existing=True, yield_per=1000)):
        yield places.session_told(session.model_dump())


def _exists(db: Session, session: UUID) -> bool:
    return db.exec(select(CollectionSession.id).where(CollectionSession.id == session)).first() is not None


def _jsonable(row: Any) -> dict[str, Any]:
    times = {name: value.isoformat() for name, value in row.items() if isinstance(value, datetime)}
    return {**row, **times, "id": str(row["id"])}
