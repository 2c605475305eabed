"""A session that does not take place, or a site that is open no more: nobody's booking is lost. Each family is moved,
or a place is held for it elsewhere, or it waits at the head of the line; and it is told once, with its choice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments import booking, hours, line, offers, places, reminders
from services.appointments.line import Entry
from services.appointments.offers import Day
from services.appointments.sessions import BOUNDED
from services.appointments.sites import UnknownSite, refuse_unless_runs_session, tell_site
from services.appointments.tables import CollectionSession, Site, Visit
from services.appointments.visits import PlannedVisit, lock_visits, tell_family, tell_state, text_contact
from shared.database import now
from shared.messages.appointments import CloseSession, CloseSite, VisitBooked
from shared.messages.gateway import Template
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change

SOON = timedelta(hours=24)
"""Whose session is nearer than this is told at any hour."""


class NoReplacement(Refusal):
    """The session that families were to be moved to is closed, past, or the same."""

    reason = "no_replacement"


SHUT = sa.text("""
UPDATE collection_session SET is_open = false, version = version + 1 WHERE id = :session AND is_open RETURNING *
""")
MOVED = """
UPDATE visit SET session = %(session)s, version = version + 1, changed_at = %(now)s WHERE id = ANY(%(visits)s)
"""
TAKEN = """
UPDATE collection_session s SET free = s.free - %(places)s, version = s.version + 1 WHERE s.id = %(session)s
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
LET_GO = """
UPDATE collection_session s SET free = s.free + %(places)s, version = s.version + 1 WHERE s.id = %(session)s
RETURNING s.id, s.version, s.site, s.starts_at, s.ends_at, s.capacity, s.free, s.is_open, s.is_women_only
"""
HOLDERS = sa.text("SELECT reference FROM visit WHERE session = :session AND state = 'booked'")
WHEN_BOOKED = sa.text("SELECT id, booked_at FROM visit WHERE id = ANY(:visits)")
ELSEWHERE = """
SELECT s.id FROM collection_session s JOIN site ON site.id = s.site, collection_session shut
JOIN site here ON here.id = shut.site
WHERE shut.id = %(session)s AND s.is_open AND site.is_open AND s.starts_at > %(now)s AND s.has_room
  AND (s.site = shut.site OR site.governorate = here.governorate) AND (shut.is_women_only OR NOT s.is_women_only)
ORDER BY s.site <> shut.site, s.starts_at, s.id
"""


def close_session(db: Session, command: CloseSession) -> int:
    """Close a session, find every family that booked another place, and tell each once. Returns how many families.

    Refuses with NotYours, UnknownSession, SessionClosed where it was closed before, or NoReplacement.
    """
    refuse_unless_runs_session(db, command.actor, command.session)
    _refuse_unless_open(db, command.session)
    replacement = _replacement(db, command)
    visits = _shut(db, command.session)
    if replacement:
        visits = _move(db, visits, replacement)
    _hold_elsewhere(db, command.session, visits)
    return len(visits)


def close_site(db: Session, command: CloseSite) -> int:
    """Close a site and all its sessions to come. Returns how many sessions.

    Refuses with NotYours, or UnknownSite, also where it was closed before.
    """
    site = db.get(Site, command.site, with_for_update=True)
    if site is None:
        raise UnknownSite
    refuse_unless_may_change(command.actor, institution=site.institution)
    if not site.is_open:
        raise UnknownSite
    site.is_open = False
    site.version += 1
    db.flush()
    tell_site(db, site)
    to_come = (BOUNDED, col(CollectionSession.is_open), col(CollectionSession.starts_at) > now(db))
    coming = db.exec(
        select(CollectionSession.id)
        .where(CollectionSession.site == command.site, *to_come)
        .order_by(col(CollectionSession.starts_at))
    ).all()
    shut = [(session, _shut(db, session)) for session in coming]
    for session, visits in shut:
        _hold_elsewhere(db, session, visits)
    return len(shut)


def _refuse_unless_open(db: Session, session: UUID) -> None:
    is_open = db.exec(select(CollectionSession.is_open).where(CollectionSession.id == session)).first()
    if is_open is None:
        raise places.UnknownSession(session=session)
    if not is_open:
        raise places.SessionClosed(session=session)


def _replacement(db: Session, command: CloseSession) -> UUID | None:
    other = command.replacement
    if other is None:
        return None
    refuse_unless_runs_session(db, command.actor, other)
    if other == command.session or not _takes_visits(db, other):
        raise NoReplacement
    return other


def _takes_visits(db: Session, session: UUID) -> bool:
    to_come = (col(CollectionSession.is_open), col(CollectionSession.starts_at) > now(db))
    found = select(CollectionSession.id).where(CollectionSession.id == session, *to_come)
    return db.exec(found).first() is not None


def _shut(db: Session, session: UUID) -> list[PlannedVisit]:
    """Close a session; its booked visits, locked, the earliest booked first."""
    booked = (col(Visit.session) == session, col(Visit.state) == "booked")
    # Visits before their session, as everybody locks; then who took an offer, or booked, until this row was locked.
    visits = lock_visits(db, *booked)
    row = db.connection().execute(SHUT, {"session": session}).mappings().first()
    _release_offers(db, session)
    visits += lock_visits(db, *booked, col(Visit.id).not_in([v.id for v in visits]))
    if row:
        places.tell_session(db, row)
    since = _booked_at(db, visits)
    return sorted(visits, key=lambda v: (since[v.id], v.id))


def _release_offers(db: Session, session: UUID) -> None:
    """Nobody is offered this session any more, nor waits for just this day."""
    for entry in line.lock_offered(db, session):
        offers.let_go(db, entry)
        line.waits_for_any_day(db, entry)
    for entry in line.lock_waiting_for(db, session):
        line.waits_for_any_day(db, entry)


def _booked_at(db: Session, visits: Iterable[PlannedVisit]) -> dict[UUID, datetime]:
    rows = db.connection().execute(WHEN_BOOKED, {"visits": [v.id for v in visits]})
    return {row.id: row.booked_at for row in rows}


def _move(db: Session, visits: list[PlannedVisit], replacement: UUID) -> list[PlannedVisit]:
    """Move those who fit to another session, the earliest booked first, and tell them; those who do not fit."""
    [day] = offers.days(db, (replacement,)) or [None]
    fit = _who_fits(db, visits, day) if day else []
    if not fit:
        return visits
    old = fit[0].session
    moved = {"session": replacement, "visits": [v.id for v in fit], "now": now(db)}
    db.connection().exec_driver_sql(MOVED, moved)
    count = sum(v.places for v in fit)
    for statement, session in ((TAKEN, replacement), (LET_GO, old)):
        row = db.connection().exec_driver_sql(statement, {"session": session, "places": count}).mappings().one()
        places.tell_session(db, row)
    reminders.take_back(db, [v.id for v in fit])
    now_there = lock_visits(db, col(Visit.id).in_([v.id for v in fit]))
    for visit in now_there:
        tell_state(db, visit, VisitBooked)
        tell_family(db, visit, Template.VISIT_MOVED, "reminder", not_after=visit.starts_at)
    reminders.plan(db, now_there)
    gone = {v.id for v in fit}
    return [v for v in visits if v.id not in gone]


def _who_fits(db: Session, visits: list[PlannedVisit], day: Day) -> list[PlannedVisit]:
    there = set(db.connection().execute(HOLDERS, {"session": day.id}).scalars())
    fit, free = list[PlannedVisit](), day.free
    for visit in visits:
        if visit.places <= free and visit.reference not in there:
            fit.append(visit)
            there.add(visit.reference)
            free -= visit.places
    return fit


def _hold_elsewhere(db: Session, shut: UUID, visits: list[PlannedVisit]) -> None:
    """Cancel visits; for each family places are held elsewhere, or it waits at the head of the line."""
    since = _booked_at(db, visits)
    rooms = _rooms(db, shut) if visits else []
    for visit in booking.cancel(db, visits):
        entry = _entry_of(db, visit, since[visit.id])
        held = _hold(db, entry, rooms) if entry.state == "waiting" else None
        _tell(db, visit, *(held or (entry, None)))


def _rooms(db: Session, shut: UUID) -> list[Day]:
    """Sessions with room at the same site, else in the same governorate, the soonest first; locked."""
    found = db.connection().exec_driver_sql(ELSEWHERE, {"session": shut, "now": now(db)}).scalars()
    order = {session: number for number, session in enumerate(found)}
    return sorted(offers.days(db, tuple(order)), key=lambda day: order[day.id])


def _entry_of(db: Session, visit: PlannedVisit, since: datetime) -> Entry:
    """The family's entry in the line, since it booked; where it waits already, that one."""
    waiting = line.lock_of_file(db, visit.reference)
    if waiting:
        return waiting[0]
    asked = {"entry": uuid4(), "reference": visit.reference, "contact": visit.contact, "places": visit.places}
    governorate = db.exec(select(Site.governorate).where(Site.id == visit.site)).one()
    somewhere = {"session": None, "site": None if governorate else visit.site, "governorate": governorate}
    women = select(CollectionSession.is_women_only).where(CollectionSession.id == visit.session)
    consents = select(Visit.consents_to_transfer).where(Visit.id == visit.id)
    as_booked = {"takes_women_only": db.exec(women).one(), "consents_to_transfer": db.exec(consents).one()}
    return line.add(db, **asked, **somewhere, **as_booked, since=since)


def _hold(db: Session, entry: Entry, rooms: list[Day]) -> tuple[Entry, Day] | None:
    """Hold places for an entry in the first room that has them, and count them off."""
    for number, day in enumerate(rooms):
        ends_at = hours.answer_by(now(db), day.starts_at, day.time_zone)
        if ends_at and entry.places <= day.free and not _is_there(db, entry, day):
            rooms[number] = replace(day, free=day.free - entry.places)
            return offers.hold(db, entry, day, ends_at), day
    return None


def _is_there(db: Session, entry: Entry, day: Day) -> bool:
    booked = (Visit.session == day.id, Visit.reference == entry.reference, Visit.state == "booked")
    return db.exec(select(Visit.id).where(*booked)).first() is not None


def _tell(db: Session, visit: PlannedVisit, entry: Entry, day: Day | None) -> None:
    """Tell a family once: that its visit cannot be, and what is held for it or that it is first in the line."""
    text_class = "case" if visit.starts_at - now(db) < SOON else "reminder"
    text = uuid5(visit.id, "closed")
    values: dict[str, Any] = {"ref": visit.reference, "starts_at": visit.starts_at}
    template, not_after = Template.CLOSED_WAITING, visit.ends_at
    if day and entry.offer_ends_at:
        values = {"starts_at": day.starts_at, "place": day.site_name, "until": entry.offer_ends_at}
        template, not_after = Template.CLOSED_OFFER, entry.offer_ends_at
    text_contact(db, text, visit.contact, template, values, text_class, not_after, visit.time_zone)
