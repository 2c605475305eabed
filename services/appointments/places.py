"""The places of a session: taken and given back by single guarded statements, so that none is ever sold twice."""

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlmodel import Session

from services.appointments.visits import PlannedVisit
from shared.database import now
from shared.messages.appointments import BookVisit, PlaceFreed, RescheduleVisit, SessionChanged
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal

NEXT = ("next_session", "next_starts_at", "next_site")


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


class TransferConsentNeeded(Refusal):
    """The site is abroad: what is given there is sent to Iraq, and the family has not agreed to that yet."""

    reason = "transfer_consent_needed"


class FileClosed(Refusal):
    """The family's file is closed; a closed one holds no visit."""

    reason = "file_closed"


# Full sessions are not even locked; the others in one order, so that bookings never wait in a circle, and read anew
# under the lock. In one round wishes are served in their order until one does not fit; those after it come again.
TAKE = """
WITH wish AS (
    SELECT * FROM unnest(%(visits)b::uuid[], %(references)b::text[], %(contacts)b::uuid[], %(sessions)b::uuid[],
                         %(places)b::int[], %(consents)s::bool[])
        WITH ORDINALITY AS w (visit, reference, contact, session, places, consents, number)
),
held AS MATERIALIZED (
    SELECT s.id, s.free, site.country FROM collection_session s JOIN site ON site.id = s.site
    WHERE s.id = ANY(%(sessions)b::uuid[]) AND s.is_open AND s.free > 0 AND s.starts_at > %(now)s
    ORDER BY s.id FOR UPDATE OF s
),
possible AS (
    SELECT w.*, h.free, row_number() OVER (PARTITION BY w.session, w.reference ORDER BY w.number) AS of_file,
           row_number() OVER (PARTITION BY w.visit ORDER BY w.number) AS of_visit
    FROM wish w JOIN held h ON h.id = w.session
    WHERE w.places <= h.free
      AND NOT EXISTS (SELECT FROM visit v WHERE v.id = w.visit)
      AND NOT EXISTS (
          SELECT FROM visit v WHERE v.session = w.session AND v.reference = w.reference AND v.state = 'booked')
      AND NOT EXISTS (SELECT FROM file_state f WHERE f.reference = w.reference AND NOT f.is_open)
      AND (w.consents OR h.country = 'IQ')
),
in_line AS (
    SELECT p.*, sum(p.places) OVER (PARTITION BY p.session ORDER BY p.number) AS taken_with_it
    FROM possible p WHERE p.of_file = 1 AND p.of_visit = 1
),
granted AS MATERIALIZED (SELECT * FROM in_line WHERE taken_with_it <= free),
taken AS (
    UPDATE collection_session s SET free = s.free - g.places, version = s.version + 1
    FROM (SELECT session, sum(places) AS places FROM granted GROUP BY session) g
    WHERE s.id = g.session AND s.free >= g.places
    RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
),
booked AS (
    INSERT INTO visit
        (id, version, reference, contact, session, places, state, consents_to_transfer, booked_at, changed_at)
    SELECT g.visit, 1, g.reference, g.contact, g.session, g.places, 'booked', g.consents, %(now)s, %(now)s
    FROM granted g JOIN taken ON taken.id = g.session
)
SELECT g.number, taken.*, site.name AS site_name, site.time_zone
FROM granted g JOIN taken ON taken.id = g.session JOIN site ON site.id = taken.site
"""
MOVE = """
WITH taken AS (
    UPDATE collection_session s SET free = s.free - %(places)s, version = s.version + 1
    FROM site
    WHERE s.id = %(session)s AND site.id = s.site
      AND s.is_open AND s.free >= %(places)s AND s.starts_at > %(now)s
      AND (site.country = 'IQ' OR %(consents)s OR EXISTS (
          SELECT FROM visit v WHERE v.id = %(visit)s AND v.consents_to_transfer))
      AND NOT EXISTS (SELECT FROM visit v WHERE v.session = s.id AND v.reference = %(reference)s AND v.state = 'booked')
    RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only,
              site.name AS site_name, site.time_zone
),
freed AS (
    UPDATE collection_session s SET free = s.free + %(places)s, version = s.version + 1
    WHERE s.id = %(old_session)s AND EXISTS (SELECT FROM taken)
    RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
),
moved AS (
    UPDATE visit v SET session = taken.id, version = v.version + 1, changed_at = %(now)s,
        consents_to_transfer = v.consents_to_transfer OR %(consents)s
    FROM taken WHERE v.id = %(visit)s
)
SELECT *, 0 AS freed FROM taken
UNION ALL SELECT *, NULL, NULL, 1 FROM freed
ORDER BY freed
"""
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
SELECT w.number, s.id, s.is_open AND s.starts_at > %(now)s AS takes_bookings, s.free >= w.places AS has_room,
       own.id AS visit, coalesce(file.is_open, true) AS file_is_open, w.consents OR site.country = 'IQ' AS may_travel,
       next.id AS next_session, next.starts_at AS next_starts_at, next.site AS next_site
FROM unnest(%(visits)s::uuid[], %(references)b::text[], %(sessions)b::uuid[], %(places)b::int[], %(consents)s::bool[])
     WITH ORDINALITY AS w (visit, reference, session, places, consents, number)
LEFT JOIN collection_session s ON s.id = w.session
LEFT JOIN site ON site.id = s.site
LEFT JOIN LATERAL (
    SELECT v.id FROM visit v
    WHERE v.id = w.visit OR (v.session = w.session AND v.reference = w.reference AND v.state = 'booked') LIMIT 1
) own ON true
LEFT JOIN file_state file ON file.reference = w.reference
LEFT JOIN LATERAL (
    (SELECT 1 AS rank, n.id, n.starts_at, n.site FROM collection_session n
     WHERE n.site = s.site AND n.is_open AND n.has_room AND n.free >= w.places
       AND n.starts_at > %(now)s AND n.id <> s.id AND (s.is_women_only OR NOT n.is_women_only)
       AND NOT EXISTS (SELECT FROM visit v WHERE v.session = n.id AND v.reference = w.reference AND v.state = 'booked')
     ORDER BY n.starts_at LIMIT 1)
    UNION ALL
    (SELECT 2, n.id, n.starts_at, n.site FROM collection_session n JOIN site there ON there.id = n.site
     WHERE there.governorate = site.governorate AND n.is_open AND n.has_room AND n.free >= w.places
       AND n.starts_at > %(now)s AND n.id <> s.id AND (s.is_women_only OR NOT n.is_women_only)
       AND NOT EXISTS (SELECT FROM visit v WHERE v.session = n.id AND v.reference = w.reference AND v.state = 'booked')
     ORDER BY n.starts_at LIMIT 1)
    ORDER BY rank LIMIT 1
) next ON true
"""


def take(db: Session, wishes: Sequence[BookVisit]) -> list[PlannedVisit | Refusal]:
    """Take places at sessions for new visits, each wish's all or none, as if they came one after the other.

    Answers each with its visit, or with UnknownSession, AlreadyBooked, FileClosed, SessionClosed or SessionFull.
    """
    answers: dict[int, PlannedVisit | Refusal] = {}
    waiting = list(range(len(wishes)))
    while waiting:
        granted = _grant(db, [wishes[i] for i in waiting])
        answers |= {waiting[n]: visit for n, visit in granted.items()}
        rest = [i for n, i in enumerate(waiting) if n not in granted]
        refused = _why_not(db, [wishes[i] for i in rest], visits=[wishes[i].visit for i in rest])
        answers |= {i: why for i, why in zip(rest, refused, strict=True) if why}
        waiting = [i for i, why in zip(rest, refused, strict=True) if why is None]
    return [answers[i] for i in range(len(wishes))]


def move(db: Session, visit: PlannedVisit, command: RescheduleVisit) -> PlannedVisit:
    """Take a booked visit's places at another session and give them back at the old one, both or neither.

    Refuses as `take` does.
    """
    asked = {"visit": visit.id, "reference": visit.reference, "places": visit.places, "session": command.session}
    asked["consents"] = command.consents_to_transfer
    db.connection().exec_driver_sql(IN_ONE_ORDER, {"sessions": [visit.session, command.session]})
    moved = db.connection().exec_driver_sql(MOVE, {**asked, "old_session": visit.session, "now": now(db)})
    rows = moved.mappings().all()
    if not rows:
        raise _why_not_moved(db, visit, command)
    taken, freed = rows
    tell_session(db, taken)
    tell_freed(db, freed)
    return replace(visit, version=visit.version + 1, **_when_and_where(taken))


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


def _grant(db: Session, wishes: list[BookVisit]) -> dict[int, PlannedVisit]:
    """One round: the visits booked, by their wish's place in the list."""
    asked = {**_arrays(wishes), "visits": [w.visit for w in wishes], "contacts": [w.contact for w in wishes]}
    rows = db.connection().exec_driver_sql(TAKE, {**asked, "now": now(db)}).mappings().all()
    for session in {row["id"]: row for row in rows}.values():
        tell_session(db, session)
    return {row["number"] - 1: _booked(wishes[row["number"] - 1], row) for row in rows}


def _booked(wish: BookVisit, row: Any) -> PlannedVisit:
    return PlannedVisit(
        id=wish.visit,
        version=1,
        reference=wish.reference,
        contact=wish.contact,
        places=wish.places,
        state="booked",
        **_when_and_where(row),
    )


def _when_and_where(row: Any) -> dict[str, Any]:
    named = ("starts_at", "ends_at", "site", "site_name", "time_zone")
    return {"session": row["id"], **{name: row[name] for name in named}}


def _arrays(wishes: list[BookVisit]) -> dict[str, list[Any]]:
    return {
        "references": [w.reference for w in wishes],
        "sessions": [w.session for w in wishes],
        "places": [w.places for w in wishes],
        "consents": [w.consents_to_transfer for w in wishes],
    }


def _why_not(db: Session, wishes: list[BookVisit], *, visits: list[UUID | None]) -> list[Refusal | None]:
    """Why each wish was not granted; None where nothing speaks against it any more."""
    if not wishes:
        return []
    asked = {**_arrays(wishes), "visits": visits, "now": now(db)}
    rows = db.connection().exec_driver_sql(WHY_NOT, asked).mappings()
    return [_refusal(row) for row in sorted(rows, key=itemgetter("number"))]


def _why_not_moved(db: Session, visit: PlannedVisit, command: RescheduleVisit) -> Refusal:
    wish = BookVisit(
        visit=visit.id,
        reference=visit.reference,
        session=command.session,
        places=visit.places,
        contact=visit.contact,
        consents_to_transfer=command.consents_to_transfer,
        actor=command.actor,
    )
    # Where room has come up meanwhile: the family is told it was full, and keeps the places it has.
    return _why_not(db, [wish], visits=[None])[0] or SessionFull(**dict.fromkeys(NEXT))


def _refusal(row: Any) -> Refusal | None:
    if row["id"] is None:
        return UnknownSession()
    if row["visit"] is not None:
        return AlreadyBooked(visit=row["visit"])
    if not row["file_is_open"]:
        return FileClosed()
    if not row["may_travel"]:
        return TransferConsentNeeded()
    if row["takes_bookings"] and row["has_room"]:
        return None
    kind = SessionFull if row["takes_bookings"] else SessionClosed
    return kind(**{name: row[name] for name in NEXT})
