"""A session or a site that closes: nobody's booking is lost, and each family is told once, with its choice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from services.appointments.attendance import check_in
from services.appointments.booking import book_visit, book_visits, cancel_visit
from services.appointments.closing import NoReplacement, close_session, close_site
from services.appointments.follow_up import follow_up
from services.appointments.places import SessionClosed
from services.appointments.sites import UnknownSite
from services.appointments.tables import Visit
from services.appointments.waiting import join
from shared.database import open_session
from shared.messages.appointments import (
    CancelVisit,
    CheckIn,
    CloseSession,
    CloseSite,
    FollowUpSession,
    SessionChanged,
    SiteChanged,
    VisitMissed,
    WaitingChanged,
)
from shared.messages.gateway import Send, Template
from shared.parts import Part
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import (
    NOON,
    STAFF,
    a_session,
    a_site,
    a_visit,
    a_wish,
    free_places,
    reminders_due,
    told,
)
from tests.service.appointments.test_waiting import accept, is_balanced, wish

CLOSED = (Template.CLOSED_OFFER, Template.CLOSED_WAITING, Template.VISIT_MOVED)


def closing(session: UUID, replacement: UUID | None = None) -> CloseSession:
    return CloseSession(session=session, replacement=replacement, actor=staff_of("mld", STAFF))


def closing_texts(db: Session) -> Counter[UUID | None]:
    """How many texts each contact got of the closing."""
    return Counter(text.contact for text in told(db, Send) if text.template in CLOSED)


def test_who_booked_a_session_that_closes_is_told_once_and_no_reminder_goes_out(db: Session) -> None:
    session = a_session(db, free=20, site=a_site(db, governorate=None))
    visits = [a_visit(db, session, places=2) for _ in range(7)]
    cancelled = visits.pop()
    cancel_visit(db, CancelVisit(actor=family_of(cancelled.reference), visit=cancelled.id))

    close_session(db, closing(session))

    assert closing_texts(db) == Counter({v.contact: 1 for v in visits})
    last = told(db, SessionChanged)[-1]
    assert (last.is_open, last.free) == (False, 20)
    assert all(reminders_due(db, v.id) == [] for v in visits)
    with pytest.raises(SessionClosed):
        book_visit(db, a_wish(session))
    with pytest.raises(SessionClosed):
        close_session(db, closing(session))


def test_a_place_is_held_elsewhere_for_each_family_as_far_as_there_is_room(db: Session) -> None:
    site = a_site(db, governorate=None)
    session = a_session(db, site=site, free=3)
    # Booked at the same moment, they stand in the line by their ids.
    first, second, third = sorted((a_visit(db, session) for _ in range(3)), key=lambda visit: visit.id)
    near = a_session(db, site=site, free=2, starts_in=timedelta(days=8))

    close_session(db, closing(session))

    entries = {e.reference: e for e in told(db, WaitingChanged)}
    assert [entries[v.reference].state for v in (first, second, third)] == ["offered", "offered", "waiting"]
    assert free_places(db, near) == 0
    assert is_balanced(db, near)
    accept(db, entries[first.reference].entry)
    accept(db, entries[second.reference].entry, accepts=False)
    latest = {e.reference: e for e in told(db, WaitingChanged)}
    assert [latest[v.reference].state for v in (first, second, third)] == ["booked", "waiting", "offered"]


def test_those_who_fit_are_moved_where_staff_name_a_replacement(db: Session) -> None:
    site = a_site(db, governorate=None)
    session = a_session(db, site=site, free=5)
    large = a_visit(db, session, places=4)
    db.info["clock"] = lambda: NOON + timedelta(minutes=1)
    small = a_visit(db, session)
    replacement = a_session(db, site=site, free=4, starts_in=timedelta(days=8))

    close_session(db, closing(session, replacement))

    moved = db.connection().execute(sa.select(Visit.session).where(Visit.id == large.id)).scalar_one()  # pyright: ignore
    assert moved == replacement
    assert [t.contact for t in told(db, Send) if t.template == Template.VISIT_MOVED] == [large.contact]
    assert closing_texts(db)[small.contact] == 1
    assert len(reminders_due(db, large.id)) == 2
    assert is_balanced(db, replacement)
    assert free_places(db, session) == 5


def test_nobody_is_moved_to_a_session_that_is_closed_or_the_same(db: Session) -> None:
    session, other = a_session(db), a_session(db)
    close_session(db, closing(other))

    for replacement in (session, other, uuid4()):
        with pytest.raises(NoReplacement):
            close_session(db, closing(session, replacement))


def test_who_waited_for_the_day_waits_at_the_site(db: Session) -> None:
    site = a_site(db, governorate=None)
    session = a_session(db, site=site, free=1)
    a_visit(db, session)
    asked = wish(session=session)
    join(db, asked)

    close_session(db, closing(session))

    now_told = [e for e in told(db, WaitingChanged) if e.entry == asked.entry][-1]
    assert (now_told.state, now_told.session, now_told.site) == ("waiting", None, site)


def test_a_site_that_closes_closes_its_sessions(db: Session) -> None:
    site = a_site(db, governorate=None)
    sessions = [a_session(db, site=site, starts_in=timedelta(days=d)) for d in (5, 9)]
    visits = [a_visit(db, session) for session in sessions]

    close_site(db, CloseSite(site=site, actor=staff_of("mld", STAFF)))

    assert not told(db, SiteChanged)[-1].is_open
    assert closing_texts(db) == Counter({v.contact: 1 for v in visits})
    assert {e.state for e in told(db, WaitingChanged)} == {"waiting"}, "no place is held where the site is closed"
    with pytest.raises(UnknownSite):
        close_site(db, CloseSite(site=site, actor=staff_of("mld", STAFF)))


def test_three_hundred_families_of_a_site_that_closes_are_told_once_and_none_is_lost(
    part_database: Callable[[Part], sa.Engine],
) -> None:
    with open_session(part_database(Part.APPOINTMENTS), clock=lambda: NOON) as db:
        shut, open_one = a_site(db), a_site(db)
        sessions = [a_session(db, site=shut, free=60, starts_in=timedelta(days=5 + n)) for n in range(5)]
        near = [a_session(db, site=open_one, free=40, starts_in=timedelta(days=6 + n)) for n in range(5)]
        wishes = [a_wish(sessions[n % 5]) for n in range(300)]
        book_visits(db, wishes)

        close_site(db, CloseSite(site=shut, actor=staff_of("mld", STAFF)))

        assert closing_texts(db) == Counter({w.contact: 1 for w in wishes})
        entries = {e.reference: e for e in told(db, WaitingChanged)}
        assert entries.keys() == {w.reference for w in wishes}
        assert Counter(e.state for e in entries.values()) == {"offered": 200, "waiting": 100}
        assert all(free_places(db, session) == 0 and is_balanced(db, session) for session in near)
        db.rollback()


def test_on_the_morning_after_who_did_not_come_is_told_that_they_are_welcome(db: Session) -> None:
    session = a_session(db)
    came, missed = a_visit(db, session), a_visit(db, session)
    check_in(db, CheckIn(visit=came.id, people=1, actor=staff_of("mld", STAFF)))

    assert follow_up(db, FollowUpSession(session=session)) == 1

    assert [v.visit for v in told(db, VisitMissed)] == [missed.id]
    assert [t.contact for t in told(db, Send) if t.template == Template.MISSED] == [missed.contact]


def test_nobody_is_said_to_have_missed_a_day_whose_lists_are_not_entered(db: Session) -> None:
    session = a_session(db)
    visit = a_visit(db, session)

    assert follow_up(db, FollowUpSession(session=session)) == 0

    assert told(db, VisitMissed) == []
    due = sa.text("SELECT due_at FROM due_message WHERE key = :key")
    again = db.connection().execute(due, {"key": f"follow_up:{session}"}).scalar_one()
    assert again == NOON.replace(day=25, hour=7)  # ten in the morning in Baghdad
    check_in(db, CheckIn(visit=visit.id, people=1, actor=staff_of("mld", STAFF)))


def test_whoever_is_found_on_the_list_after_all_is_checked_in(db: Session) -> None:
    session = a_session(db)
    first, late = a_visit(db, session), a_visit(db, session)
    check_in(db, CheckIn(visit=first.id, people=1, actor=staff_of("mld", STAFF)))
    follow_up(db, FollowUpSession(session=session))

    check_in(db, CheckIn(visit=late.id, people=2, actor=staff_of("mld", STAFF)))

    state = sa.select(Visit.state).where(Visit.id == late.id)  # pyright: ignore
    assert db.connection().execute(state).scalar_one() == "attended"
