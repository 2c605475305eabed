"""Offers: places that became free are held for the first in the waiting line who fits, for a time, and then for the
next. What is held is not free, so that no door can sell it and no two families are offered the same place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlmodel import Session

from services.appointments import hours, line, places
from services.appointments.line import Entry
from services.appointments.visits import text_contact
from shared.database import now
from shared.messages.appointments import ExpireWaiting
from shared.messages.gateway import Template, Values
from shared.messages.model import LocalText
from shared.messaging.outbox import schedule, unschedule


@dataclass(frozen=True, slots=True)
class Day:
    """A session whose places can be held: what is free, and where and when it is."""

    id: UUID
    site: UUID
    governorate: str | None
    free: int
    starts_at: datetime
    is_women_only: bool
    site_name: LocalText
    time_zone: str


# Held by its key alone, a visit that becomes of an offer may refer to it meanwhile.
HELD = """
SELECT s.id, s.site, site.governorate, s.free, s.starts_at, s.is_women_only, site.name AS site_name, site.time_zone
FROM collection_session s JOIN site ON site.id = s.site
WHERE s.id = ANY(%(sessions)s) AND s.is_open AND s.starts_at > %(now)s
ORDER BY s.id FOR NO KEY UPDATE OF s
"""
# An entry that somebody else holds at this moment is being answered, left or ended: it is passed over.
NEXT_WHO_FITS = """
SELECT e.* FROM waiting_entry e
WHERE e.state = 'waiting' AND e.places <= %(free)s
  AND (e.session = %(session)s
       OR (e.session IS NULL AND (e.site = %(site)s OR (e.site IS NULL AND e.governorate = %(governorate)s))))
  AND (e.takes_women_only OR NOT %(women)s OR e.session = %(session)s)
  AND NOT EXISTS (SELECT FROM past_offer p WHERE p.entry = e.id AND p.session = %(session)s)
  AND NOT EXISTS (
      SELECT FROM visit v WHERE v.session = %(session)s AND v.reference = e.reference AND v.state = 'booked')
ORDER BY e.since, e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
"""
HOLD = """
UPDATE collection_session s SET free = s.free - %(places)s, version = s.version + 1
WHERE s.id = %(session)s AND s.free >= %(places)s
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
LET_GO = """
UPDATE collection_session s SET free = s.free + %(places)s, version = s.version + 1 WHERE s.id = %(session)s
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
MADE = "INSERT INTO past_offer (entry, session, made_at) VALUES (%(entry)s, %(session)s, %(at)s) ON CONFLICT DO NOTHING"


def make(db: Session, *sessions: UUID) -> int:
    """Offer what is free at these sessions to those who wait for it, first come first; returns how many offers.

    Whoever frees places calls it in the same transaction, under the session's lock: nobody else gets them before.
    """
    return sum(_offer_at(db, day) for day in days(db, sessions))


def days(db: Session, sessions: tuple[UUID, ...]) -> list[Day]:
    """Those of these sessions that are open and to come, locked, in the order of their ids."""
    rows = db.connection().exec_driver_sql(HELD, {"sessions": list(sessions), "now": now(db)})
    return [Day(**row) for row in rows.mappings()]


def hold(db: Session, entry: Entry, day: Day, ends_at: datetime) -> Entry:
    """Hold places at a session for an entry until then. The session must be locked and have them free."""
    taken = {"session": day.id, "places": entry.places}
    held = db.connection().exec_driver_sql(HOLD, taken).mappings().one()
    places.tell_session(db, held)
    db.connection().exec_driver_sql(MADE, {"entry": entry.id, "session": day.id, "at": now(db)})
    offer = uuid4()
    schedule(db, ExpireWaiting(entry=entry.id, offer=offer), ends_at, key_of(offer))
    return line.offered(db, entry, offer, day.id, ends_at)


def let_go(db: Session, entry: Entry) -> None:
    """Give the places back that an entry holds, and schedule its offer's end no more."""
    unschedule(db, key_of(entry.offer))
    freed: Any = {"session": entry.offered_session, "places": entry.places}
    places.tell_freed(db, db.connection().exec_driver_sql(LET_GO, freed).mappings().one())


def key_of(offer: UUID | None) -> str:
    """Under which an offer's end is scheduled."""
    return f"offer:{offer}"


def tell(db: Session, entry: Entry, day: Day, template: Template) -> None:
    """Text a family what is held for it, and until when; by night the gateway waits for the morning."""
    assert entry.offer
    assert entry.offer_ends_at
    values: Values = {
        "starts_at": day.starts_at,
        "place": day.site_name,
        "until": entry.offer_ends_at,
        "ref": entry.reference,
    }
    text = uuid5(entry.offer, template)
    text_contact(db, text, entry.contact, template, values, "reminder", entry.offer_ends_at, day.time_zone)


def _offer_at(db: Session, day: Day) -> int:
    ends_at = hours.answer_by(now(db), day.starts_at, day.time_zone)
    free, made = day.free, 0
    while ends_at and free and (entry := _next_who_fits(db, day, free)):
        tell(db, hold(db, entry, day, ends_at), day, Template.PLACE_OFFERED)
        free -= entry.places
        made += 1
    return made


def _next_who_fits(db: Session, day: Day, free: int) -> Entry | None:
    asked = {
        "session": day.id,
        "site": day.site,
        "governorate": day.governorate,
        "women": day.is_women_only,
        "free": free,
    }
    row = db.connection().exec_driver_sql(NEXT_WHO_FITS, asked).mappings().first()
    return Entry.of(row) if row else None
