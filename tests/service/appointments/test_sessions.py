"""Sites and sessions: opened, changed, read by staff."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.appointments.attendance import check_in
from services.appointments.booking import visits_of_session
from services.appointments.sessions import EndsBeforeStart, SessionExists, open_session, sessions, site_calendar
from services.appointments.sites import UnknownSite, UnknownTimeZone, open_site, sites
from services.appointments.visits import NotBooked
from shared.messages.appointments import CheckIn, OpenSession, OpenSite, SessionChanged, SiteChanged, VisitAttended
from tests.actors import staff_of
from tests.service.appointments.builders import NOON, STAFF, a_session, a_site, a_visit, free_places, told


def opening(**what: object) -> OpenSession:
    usual = {
        "actor": staff_of("mld", STAFF),
        "session": uuid4(),
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=1),
        "capacity": 3,
    }
    return OpenSession.model_validate({**usual, **what})


def test_opening_a_site_again_changes_what_is_said_of_it(db: Session) -> None:
    site = a_site(db)

    open_site(
        db,
        OpenSite(actor=staff_of("mld"), site=site, name={"en": "Sinjar hall"}, governorate="IQ-NI", is_step_free=True),
    )

    newest = told(db, SiteChanged)[-1]
    assert (newest.site, newest.version, newest.name, newest.is_step_free) == (site, 2, {"en": "Sinjar hall"}, True)


def test_a_site_needs_a_time_zone_that_exists(db: Session) -> None:
    with pytest.raises(UnknownTimeZone):
        a_site(db, time_zone="Asia/Atlantis")


def test_staff_see_the_open_sites(db: Session) -> None:
    site = a_site(db, governorate="IQ-NI")

    assert [(s["id"], s["governorate"]) for s in sites(db) if s["id"] == str(site)] == [(str(site), "IQ-NI")]


def test_an_opened_session_offers_all_its_places(db: Session) -> None:
    session = a_session(db, free=30)

    state = told(db, SessionChanged)[-1]

    assert (state.session, state.version, state.capacity, state.free, state.is_open) == (session, 1, 30, 30, True)


def test_a_session_needs_a_site(db: Session) -> None:
    with pytest.raises(UnknownSite):
        open_session(db, opening(site=uuid4()))


def test_a_session_ends_after_it_starts(db: Session) -> None:
    with pytest.raises(EndsBeforeStart):
        open_session(db, opening(site=a_site(db), ends_at=NOON))


def test_a_session_is_opened_once(db: Session) -> None:
    wish = opening(site=a_site(db))
    open_session(db, wish)

    with pytest.raises(SessionExists):
        open_session(db, wish)


def test_staff_see_a_sites_sessions_from_a_time_on(db: Session) -> None:
    site = a_site(db)
    a_session(db, site=site, starts_in=timedelta(days=1))
    later = a_session(db, site=site, starts_in=timedelta(days=3))
    a_visit(db, later, places=4)

    found = sessions(db, str(site), (NOON + timedelta(days=2)).isoformat())

    assert [(s["id"], s["free"]) for s in found] == [(str(later), 6)]


def test_a_day_is_reckoned_by_the_sites_own_clock(db: Session) -> None:
    melbourne = a_site(db, governorate=None, time_zone="Australia/Melbourne")
    morning = a_session(db, site=melbourne, starts_in=timedelta(hours=13))  # 22:00 UTC is 09:00 the next day there

    assert [s["id"] for s in site_calendar(db, str(melbourne), "2026-11-25")] == [str(morning)]
    assert site_calendar(db, str(melbourne), "2026-11-24") == []


def test_the_calendar_counts_who_is_booked_and_who_came(db: Session) -> None:
    site = a_site(db)
    session = a_session(db, site=site, starts_in=timedelta(hours=1))
    came, _ = a_visit(db, session), a_visit(db, session)
    check_in(db, CheckIn(visit=came.id, people=2, actor=staff_of("mld", STAFF)))

    [day] = site_calendar(db, str(site), "2026-11-24")

    assert (day["booked"], day["attended"], day["free"]) == (1, 1, 8)


def test_the_calendar_of_an_unknown_site_is_not_found(db: Session) -> None:
    with pytest.raises(LookupError):
        site_calendar(db, str(uuid4()), "2026-11-24")
    with pytest.raises(LookupError):
        visits_of_session(db, str(uuid4()), "mld")


def test_who_comes_is_counted_and_keeps_the_places(db: Session) -> None:
    session = a_session(db)
    visit = a_visit(db, session, places=2)

    check_in(db, CheckIn(visit=visit.id, people=3, actor=staff_of("mld", STAFF)))

    assert [(a.visit, a.version, a.state) for a in told(db, VisitAttended)] == [(visit.id, 2, "attended")]
    assert visits_of_session(db, str(session), "mld")[0]["people"] == 3
    assert free_places(db, session) == 8


def test_a_family_checks_in_once(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    check_in(db, CheckIn(visit=visit.id, people=1, actor=staff_of("mld", STAFF)))

    with pytest.raises(NotBooked) as refused:
        check_in(db, CheckIn(visit=visit.id, people=1, actor=staff_of("mld", STAFF)))

    assert refused.value.values["state"] == "attended"
