"""The places of a session: taken and given back by single guarded statements, so that none is ever sold twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from services.appointments.visits import PlannedVisit
from shared.database import now
from shared.messages.appointments import PlaceFreed, SessionChanged
from shared.messages.model import LocalText
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class UnknownSession(Refusal):
    """No such session."""

    reason = "unknown_session"


class SessionClosed(Refusal):
    """The session takes no more bookings, or has begun. Names the next one with room, as SessionFull does."""

    reason = "session_closed"


class SessionFull(Refusal):
    """The session lacks so many places; `next_session`, `next_starts_at`, `next_site` name the next one with room."""

    reason = "session_full"


class AlreadyBooked(Refusal):
    """The family holds this `visit` at the session."""

    reason = "already_booked"


class FileClosed(Refusal):
    """The family's file is closed; a closed one holds no visit."""

    reason = "file_closed"


# The row lock of the UPDATE lets one booking of a session through at a time; whoever waited reads `free` anew.
GUARDED = """
    UPDATE collection_session s SET free = s.free - %(places)s, version = s.version + 1
    FROM site
    WHERE s.id = %(session)s AND site.id = s.site
      AND s.is_open AND s.free >= %(places)s AND s.starts_at > %(now)s
      AND NOT EXISTS (SELECT FROM visit v WHERE v.id = %(new_visit)s)
      AND NOT EXISTS (SELECT FROM visit v WHERE v.session = s.id AND v.reference = %(reference)s AND v.state = 'booked')
      AND NOT EXISTS (SELECT FROM file_state f WHERE f.reference = %(reference)s AND NOT f.is_open)
    RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only,
              site.name AS site_name, site.time_zone
"""
TAKE = f"""
WITH taken AS ({GUARDED}),
booked AS (
    INSERT INTO visit (id, version, reference, contact, session, places, state, booked_at, changed_at)
    SELECT %(new_visit)s, 1, %(reference)s, %(contact)s, id, %(places)s, 'booked', %(now)s, %(now)s FROM taken
)
SELECT * FROM taken
"""  # noqa: S608 - put together of constants
MOVE = f"""
WITH taken AS ({GUARDED}),
freed AS (
    UPDATE collection_session s SET free = s.free + %(places)s, version = s.version + 1
    WHERE s.id = %(old_session)s AND EXISTS (SELECT FROM taken)
    RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
),
moved AS (
    UPDATE visit v SET session = taken.id, version = v.version + 1, changed_at = %(now)s
    FROM taken WHERE v.id = %(visit)s
)
SELECT *, 0 AS freed FROM taken
UNION ALL SELECT *, NULL, NULL, 1 FROM freed
ORDER BY freed
"""  # noqa: S608 - put together of constants
IN_ONE_ORDER = "SELECT FROM collection_session WHERE id = ANY(%(sessions)s) ORDER BY id FOR UPDATE"
RELEASE = """
WITH cancelled AS (
    UPDATE visit SET state = 'cancelled', version = version + 1, changed_at = %(now)s
    WHERE id = ANY(%(visits)s) AND state = 'booked'
    RETURNING session, places
)
UPDATE collection_session s SET free = s.free + c.places, version = s.version + 1
FROM (SELECT session, sum(places) AS places FROM cancelled GROUP BY session) c
WHERE s.id = c.session
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
WHY_NOT = """
SELECT s.is_open AND s.starts_at > %(now)s AS takes_bookings, own.id AS visit, file.is_open AS file_is_open,
       next.id AS next_session, next.starts_at AS next_starts_at, next.site AS next_site
FROM collection_session s
JOIN site ON site.id = s.site
LEFT JOIN LATERAL (
    SELECT v.id FROM visit v
    WHERE v.id = %(new_visit)s OR (v.session = s.id AND v.reference = %(reference)s AND v.state = 'booked') LIMIT 1
) own ON true
LEFT JOIN file_state file ON file.reference = %(reference)s
LEFT JOIN LATERAL (
    SELECT n.id, n.starts_at, n.site FROM collection_session n JOIN site there ON there.id = n.site
    WHERE n.is_open AND n.free >= %(places)s AND n.starts_at > %(now)s AND n.id <> s.id
      AND (n.site = s.site OR there.governorate = site.governorate) AND (s.is_women_only OR NOT n.is_women_only)
      AND NOT EXISTS (SELECT FROM visit v WHERE v.session = n.id AND v.reference = %(reference)s AND v.state = 'booked')
    ORDER BY n.site <> s.site, n.starts_at, n.id LIMIT 1
) next ON true
WHERE s.id = %(session)s
"""


def take(db: Session, *, visit: UUID, reference: str, contact: UUID, session: UUID, places: int) -> PlannedVisit:
    """Take places at a session for a new visit, all or none.

    Refuses with UnknownSession, AlreadyBooked, FileClosed, SessionClosed or SessionFull.
    """
    asked: dict[str, Any] = {
        "now": now(db),
        "reference": reference,
        "contact": contact,
        "session": session,
        "places": places,
        "new_visit": visit,
    }
    row = db.connection().exec_driver_sql(TAKE, asked).mappings().first()
    if row is None:
        raise _why_not(db, asked)
    tell_session(db, row)
    return PlannedVisit(visit, 1, reference, contact, places, "booked", *_when_and_where(row))


def move(db: Session, visit: PlannedVisit, session: UUID) -> PlannedVisit:
    """Take a booked visit's places at another session and give them back at the old one, both or neither.

    Refuses as `take` does.
    """
    asked: dict[str, Any] = {
        "visit": visit.id,
        "reference": visit.reference,
        "places": visit.places,
        "session": session,
    }
    asked |= {"old_session": visit.session, "new_visit": None, "now": now(db)}
    db.connection().exec_driver_sql(IN_ONE_ORDER, {"sessions": [visit.session, session]})
    rows = db.connection().exec_driver_sql(MOVE, asked).mappings().all()
    if not rows:
        raise _why_not(db, asked)
    taken, freed = rows
    tell_session(db, taken)
    tell_freed(db, freed)
    return PlannedVisit(
        visit.id, visit.version + 1, visit.reference, visit.contact, visit.places, "booked", *_when_and_where(taken)
    )


def give_back(db: Session, visits: list[PlannedVisit]) -> None:
    """Cancel these locked, booked visits and give their places back."""
    given_back = {"visits": [v.id for v in visits], "now": now(db)}
    for row in db.connection().exec_driver_sql(RELEASE, given_back).mappings():
        tell_freed(db, row)


def tell_freed(db: Session, session: Any) -> None:
    """Let others hear that a session has more room, and its state."""
    tell_session(db, session)
    publish(db, PlaceFreed(session=session["id"], free=session["free"]))


def tell_session(db: Session, row: Any) -> None:
    """Let others hear a session's state."""
    publish(db, session_told(row))


def session_told(row: Any) -> SessionChanged:
    """A session's state, as others hear it."""
    named = {name: row[name] for name in SessionChanged.model_fields if name != "session"}
    return SessionChanged(session=row["id"], **named)


def _when_and_where(row: Any) -> tuple[UUID, datetime, datetime, UUID, LocalText, str]:
    return row["id"], row["starts_at"], row["ends_at"], row["site"], row["site_name"], row["time_zone"]


def _why_not(db: Session, asked: dict[str, Any]) -> Refusal:
    row = db.connection().exec_driver_sql(WHY_NOT, asked).mappings().first()
    if row is None:
        return UnknownSession(session=asked["session"])
    if row["visit"] is not None:
        return AlreadyBooked(visit=row["visit"])
    if row["file_is_open"] is False:
        return FileClosed()
    kind = SessionFull if row["takes_bookings"] else SessionClosed
    return kind(**{name: row[name] for name in ("next_session", "next_starts_at", "next_site")})
