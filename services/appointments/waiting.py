"""The waiting list: families join a line, are offered what becomes free, and take it or leave it to the next."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.appointments import hours, line, metrics, offers, reminders
from services.appointments.line import Entry
from services.appointments.places import AlreadyBooked, FileClosed, SessionClosed, TransferConsentNeeded, UnknownSession
from services.appointments.sites import UnknownSite
from services.appointments.tables import CollectionSession, FileState, Site, Visit
from services.appointments.visits import (
    PlannedVisit,
    lock_visits,
    refuse_unless_familys,
    tell_family,
    tell_state,
    text_contact,
)
from shared.database import now
from shared.messages.appointments import AnswerOffer, ExpireWaiting, JoinWaitingList, LeaveWaitingList, VisitBooked
from shared.messages.gateway import Template, Values
from shared.messaging.outbox import schedule, unschedule
from shared.messaging.refusal import Refusal

MOST_UNANSWERED = 3
"""After so many offers without an answer a family is asked no more: its phone may be lost. It may join again."""
CONFIRMED_WITHIN = timedelta(hours=1)


class AlreadyWaiting(Refusal):
    """The family is in the line already, by this `entry`."""

    reason = "already_waiting"


class NobodyCollects(Refusal):
    """No site is open in this governorate."""

    reason = "no_site_there"


class OfferOver(Refusal):
    """The offer was answered before, or its time is over: `state` says how the entry stands."""

    reason = "offer_over"


SESSIONS_IN_LINE = """
SELECT s.id FROM collection_session s JOIN site ON site.id = s.site
WHERE s.is_open AND s.starts_at > %(now)s
  AND (s.id = %(session)s
       OR (%(session)s::uuid IS NULL AND (s.site = %(site)s OR (%(site)s::uuid IS NULL
           AND site.governorate = %(governorate)s))))
"""
BECOME_A_VISIT = """
INSERT INTO visit
    (id, version, reference, contact, session, places, state, consents_to_transfer, booked_at, changed_at)
VALUES (%(visit)s, 1, %(reference)s, %(contact)s, %(session)s, %(places)s, 'booked', %(consents)s, %(now)s, %(now)s)
"""


def join(db: Session, command: JoinWaitingList) -> Entry:
    """Put a family into the line; where something that it was not offered yet is free at once, it is offered.

    Refuses with NotYours, FileClosed, AlreadyWaiting, AlreadyBooked (that very day), UnknownSession, SessionClosed,
    UnknownSite or NobodyCollects.
    """
    refuse_unless_familys(db, command.actor, command.reference)
    asked = _where(db, command)
    _refuse_if_in_line(db, command)
    entry = line.add(db, **asked, since=now(db))
    _end_when_the_day_begins(db, entry)
    # All sessions of the line are locked in one order: whoever frees a place either sees this entry, or is seen.
    if not offers.make(db, *_sessions_in_line(db, entry)):
        _confirm(db, entry)
    metrics.waiting.labels("joined").inc()
    return entry


def answer(db: Session, command: AnswerOffer) -> Entry:
    """Take the places that are held, as a visit by the offer's id, or leave them to the next who fits.

    Who leaves an offer for one day waits no more; others wait for the next day. Refuses with UnknownEntry, NotYours,
    AlreadyBooked (the offer was taken before) or OfferOver.
    """
    entry = line.lock_entry(db, command.entry)
    refuse_unless_familys(db, command.actor, entry.reference)
    _refuse_if_over(db, entry, command)
    if command.accepts and not _has_visit(db, entry.offered_session, entry.reference):
        return _take(db, entry)
    metrics.waiting.labels("declined").inc()
    return _leave_to_next(db, entry, "declined", unanswered=0)


def leave(db: Session, command: LeaveWaitingList) -> Entry:
    """End a family's waiting. What it holds goes to the next. Refuses with UnknownEntry,
    NotYours or OfferOver."""
    entry = line.lock_entry(db, command.entry)
    refuse_unless_familys(db, command.actor, entry.reference)
    if entry.state not in {"waiting", "offered"}:
        raise OfferOver(state=entry.state)
    return end(db, entry, "left")


def expire(db: Session, due: ExpireWaiting) -> None:
    """An offer's time is over, or the day has begun that an entry waited for; nothing, where that is past already."""
    entry = line.lock_entry(db, due.entry)
    if due.offer is None and entry.state == "waiting":
        end(db, entry, "day_began")
    elif entry.offer is not None and entry.offer == due.offer:
        metrics.waiting.labels("unanswered").inc()
        _leave_to_next(db, entry, "unanswered", unanswered=entry.unanswered + 1)


def end(db: Session, entry: Entry, because: str) -> Entry:
    """End the waiting of a locked entry; what it holds goes to the next."""
    ended = line.ended(db, entry, because)
    unschedule(db, _day_key(entry.id))
    if entry.offered_session:
        offers.let_go(db, entry)
        offers.make(db, entry.offered_session)
    return ended


def _take(db: Session, entry: Entry) -> Entry:
    visit = {"visit": entry.offer, "session": entry.offered_session, "now": now(db)}
    named = {"reference": entry.reference, "contact": entry.contact, "places": entry.places}
    named["consents"] = entry.consents_to_transfer
    db.connection().exec_driver_sql(BECOME_A_VISIT, visit | named)
    unschedule(db, offers.key_of(entry.offer), _day_key(entry.id))
    taken = line.booked(db, entry)
    [booked] = lock_visits(db, col(Visit.id) == entry.offer)
    tell_booked(db, booked)
    metrics.waiting.labels("accepted").inc()
    return taken


def tell_booked(db: Session, visit: PlannedVisit, template: Template = Template.APPOINTMENT) -> None:
    """Let others and its family hear that a visit is booked, and plan its reminders."""
    tell_state(db, visit, VisitBooked)
    tell_family(db, visit, template, "answer", not_after=visit.starts_at)
    reminders.plan(db, [visit])


def _leave_to_next(db: Session, entry: Entry, because: str, *, unanswered: int) -> Entry:
    if entry.session is not None or unanswered >= MOST_UNANSWERED:
        return end(db, entry, because)
    offers.let_go(db, entry)
    waits = line.waits_on(db, entry, unanswered=unanswered)
    assert entry.offered_session
    offers.make(db, entry.offered_session)
    return waits


def _where(db: Session, command: JoinWaitingList) -> dict[str, Any]:
    """What is waited for, as it is written down: a day with its site."""
    asked = command.model_dump(exclude={"actor"})
    if command.session:
        asked["site"] = _site_of_day(db, command.session)
    elif command.site and not _is_open(db, col(Site.id) == command.site):
        raise UnknownSite
    elif command.governorate and not _is_open(db, col(Site.governorate) == command.governorate):
        raise NobodyCollects
    if asked["site"] and not command.consents_to_transfer and _is_open(db, col(Site.id) == asked["site"], abroad=True):
        raise TransferConsentNeeded
    return asked


def _site_of_day(db: Session, session: UUID) -> UUID:
    day = db.exec(
        select(CollectionSession.site, CollectionSession.is_open, CollectionSession.starts_at).where(
            CollectionSession.id == session
        )
    ).first()
    if day is None:
        raise UnknownSession(session=session)
    site, is_open, starts_at = day
    if not is_open or starts_at <= now(db):
        raise SessionClosed(session=session)
    return site


def _is_open(db: Session, which: sa.ColumnElement[bool], *, abroad: bool = False) -> bool:
    there = (col(Site.country) != "IQ",) if abroad else ()
    return db.exec(select(Site.id).where(which, col(Site.is_open), *there)).first() is not None


def _refuse_if_in_line(db: Session, command: JoinWaitingList) -> None:
    file = select(FileState.is_open).where(FileState.reference == command.reference)
    if db.exec(file).first() is False:
        raise FileClosed
    if found := line.lock_of_file(db, command.reference):
        raise AlreadyWaiting(entry=found[0].id)
    if command.session and _has_visit(db, command.session, command.reference):
        raise AlreadyBooked(session=command.session)


def _refuse_if_over(db: Session, entry: Entry, command: AnswerOffer) -> None:
    if entry.state == "booked" and _visit_of(db, command.offer):
        raise AlreadyBooked(visit=command.offer)
    is_open = entry.state == "offered" and entry.offer == command.offer
    if not is_open or not entry.offer_ends_at or entry.offer_ends_at <= now(db):
        raise OfferOver(state=entry.state)


def _visit_of(db: Session, offer: UUID) -> bool:
    return db.exec(select(Visit.id).where(Visit.id == offer)).first() is not None


def _has_visit(db: Session, session: UUID | None, reference: str) -> bool:
    booked = select(Visit.id).where(Visit.session == session, Visit.reference == reference, Visit.state == "booked")
    return db.exec(booked).first() is not None


def _sessions_in_line(db: Session, entry: Entry) -> list[UUID]:
    asked = {"session": entry.session, "site": entry.site, "governorate": entry.governorate, "now": now(db)}
    return list(db.connection().exec_driver_sql(SESSIONS_IN_LINE, asked).scalars())


def _end_when_the_day_begins(db: Session, entry: Entry) -> None:
    if entry.session is None:
        return
    begins = select(CollectionSession.starts_at).where(CollectionSession.id == entry.session)
    schedule(db, ExpireWaiting(entry=entry.id), db.exec(begins).one(), _day_key(entry.id))


def _day_key(entry: UUID) -> str:
    return f"waiting:{entry}"


def _confirm(db: Session, entry: Entry) -> None:
    zone = db.exec(
        select(Site.time_zone).where(Site.id == entry.site if entry.site else Site.governorate == entry.governorate)
    ).first()
    text = uuid5(entry.id, "joined")
    values: Values = {"ref": entry.reference}
    until = hours.next_waking(now(db)) + CONFIRMED_WITHIN
    text_contact(db, text, entry.contact, Template.ON_WAITING_LIST, values, "answer", until, zone or "Asia/Baghdad")
