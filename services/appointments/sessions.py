"""Collection sessions: opened with so many places, closed with every booked family told."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments import booking, places
from services.appointments.tables import CollectionSession, Site, Visit
from services.appointments.visits import lock_visits
from shared.messages.appointments import CloseSession, OpenSession, SessionChanged
from shared.messaging.refusal import Refusal


class UnknownSite(Refusal):
    """No such site."""

    reason = "unknown_site"


class SessionExists(Refusal):
    """A session of this id was opened before."""

    reason = "session_exists"


class EndsBeforeStart(Refusal):
    """A session must end after it starts."""

    reason = "ends_before_start"


def open_session(db: Session, command: OpenSession) -> None:
    """Offer a session's places.

    Refuses with EndsBeforeStart, UnknownSite or SessionExists.
    """
    if command.ends_at <= command.starts_at:
        raise EndsBeforeStart
    if not _exists(db, Site, command.site):
        raise UnknownSite
    if _exists(db, CollectionSession, command.session):
        raise SessionExists
    opened = command.model_dump(exclude={"session", "by"})
    session = CollectionSession(id=command.session, version=1, free=command.capacity, **opened)
    db.add(session)
    db.flush()
    places.tell_session(db, session.model_dump())


def close_session(db: Session, command: CloseSession) -> int:
    """Take no more bookings at a session, cancel those it has, and tell each family once. Returns how many.

    Refuses with UnknownSession, or SessionClosed where it was closed before.
    """
    _refuse_unless_open(db, command.session)
    booked = (col(Visit.session) == command.session, col(Visit.state) == "booked")
    # Visits before their session, as everybody locks; then whoever booked until the session's row was locked.
    visits = lock_visits(db, *booked)
    shut = db.connection().execute(SHUT, {"session": command.session}).mappings().one()
    visits += lock_visits(db, *booked, col(Visit.id).not_in([v.id for v in visits]))
    places.tell_session(db, shut)
    return booking.release(db, visits)


def sessions(db: Session, site: str | None, since: str) -> list[dict[str, Any]]:
    """A site's sessions, or every site's, that start at `since` (ISO 8601) or later, for staff."""
    asked = select(CollectionSession).where(CollectionSession.starts_at >= datetime.fromisoformat(since))
    if site:
        asked = asked.where(CollectionSession.site == UUID(site))
    found = db.exec(asked.order_by(col(CollectionSession.starts_at)).execution_options(populate_existing=True))
    return [session.model_dump(mode="json") for session in found]


SHUT = sa.text("""
UPDATE collection_session SET is_open = false, version = version + 1 WHERE id = :session AND is_open RETURNING *
""")
CALENDAR = sa.text("""
SELECT s.id, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only,
       count(v.id) FILTER (WHERE v.state = 'booked') AS booked,
       count(v.id) FILTER (WHERE v.state = 'attended') AS attended
FROM collection_session s LEFT JOIN visit v ON v.session = s.id
WHERE s.site = :site AND s.starts_at >= :begins AND s.starts_at < :ends
GROUP BY s.id ORDER BY s.starts_at, s.id
""")


def site_calendar(db: Session, site: str, day: str) -> list[dict[str, Any]]:
    """A site's sessions on a day (ISO 8601, by the site's own clock), each with its visits counted, for staff.

    Raises LookupError where there is no such site.
    """
    zone = db.exec(select(Site.time_zone).where(Site.id == UUID(site))).first()
    if zone is None:
        raise LookupError("no such site")
    begins = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
    window = {"site": UUID(site), "begins": begins, "ends": begins + timedelta(days=1)}
    return [_jsonable(row) for row in db.connection().execute(CALENDAR, window).mappings()]


def states(db: Session) -> Iterator[SessionChanged]:
    """Every session as it is now."""
    for session in db.exec(select(CollectionSession).execution_options(populate_existing=True, yield_per=1000)):
        yield places.session_told(session.model_dump())


def _refuse_unless_open(db: Session, session: UUID) -> None:
    is_open = db.exec(select(CollectionSession.is_open).where(CollectionSession.id == session)).first()
    if is_open is None:
        raise places.UnknownSession(session=session)
    if not is_open:
        raise places.SessionClosed(session=session)


def _exists(db: Session, table: type[Site] | type[CollectionSession], key: UUID) -> bool:
    return db.exec(select(table.id).where(table.id == key)).first() is not None


def _jsonable(row: Any) -> dict[str, Any]:
    times = {name: value.isoformat() for name, value in row.items() if isinstance(value, datetime)}
    return {**row, **times, "id": str(row["id"])}
