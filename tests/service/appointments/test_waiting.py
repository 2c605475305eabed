"""The waiting line: what becomes free is held for the first who fits, for a time, and never sold twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.appointments.booking import cancel_visit, reschedule_visit
from services.appointments.closing import close_session
from services.appointments.line import Entry
from services.appointments.places import AlreadyBooked, FileClosed, SessionClosed
from services.appointments.waiting import AlreadyWaiting, OfferOver, answer, expire, join, leave
from shared.database import open_session
from shared.messages.appointments import (
    AnswerOffer,
    CancelVisit,
    CloseSession,
    ExpireWaiting,
    JoinWaitingList,
    LeaveWaitingList,
    RescheduleVisit,
    VisitBooked,
    WaitingChanged,
)
from shared.messages.gateway import Send, Template
from shared.messaging.refusal import Refusal
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import NOON, STAFF, a_session, a_site, a_visit, free_places, told, whose
from tests.service.appointments.files import a_file
from tests.service.appointments.test_contention import outcome

HELD = sa.text("""
SELECT s.capacity - s.free AS taken,
    (SELECT coalesce(sum(places), 0) FROM visit v WHERE v.session = s.id AND v.state = 'booked')
  + (SELECT coalesce(sum(places), 0) FROM waiting_entry e WHERE e.offered_session = s.id AND e.state = 'offered')
    AS held
FROM collection_session s WHERE s.id = :session
""")


def is_balanced(db: Session, session: UUID) -> bool:
    """Whether what is not free is just what visits and open offers hold."""
    taken, held = db.connection().execute(HELD, {"session": session}).one()
    return taken == held


def wish(**what: Any) -> JoinWaitingList:
    usual = {"entry": uuid4(), "reference": new_reference(), "contact": uuid4(), "places": 1, **what}
    return JoinWaitingList.model_validate({"actor": family_of(usual["reference"]), **usual})


def a_full_session(db: Session, **what: Any) -> tuple[UUID, UUID]:
    """A session that one visit fills, and that visit."""
    session = a_session(db, free=what.pop("free", 2), **what)
    return session, a_visit(db, session, places=2).id


def state(db: Session, entry: UUID) -> WaitingChanged:
    """An entry as it was last told."""
    return next(each for each in reversed(told(db, WaitingChanged)) if each.entry == entry)


def texts(db: Session, template: Template) -> list[UUID | None]:
    return [text.contact for text in told(db, Send) if text.template == template]


def join_in_turn(db: Session, *wishes: JoinWaitingList) -> None:
    """One after the other, a minute apart."""
    for minute, each in enumerate(wishes):
        db.info["clock"] = lambda minute=minute: NOON + timedelta(minutes=minute)
        join(db, each)
    db.info["clock"] = lambda: NOON


def accept(db: Session, entry: UUID, *, accepts: bool = True) -> Entry:
    offer = state(db, entry).offer or uuid4()
    return answer(db, AnswerOffer(actor=whose(db, entry), entry=entry, offer=offer, accepts=accepts))


def test_who_waits_is_told_so_and_offered_what_becomes_free(db: Session) -> None:
    session, visit = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)
    assert texts(db, Template.ON_WAITING_LIST) == [asked.contact]

    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    now_told = state(db, asked.entry)
    assert (now_told.state, now_told.offered_session) == ("offered", session)
    assert texts(db, Template.PLACE_OFFERED) == [asked.contact]
    assert free_places(db, session) == 1
    assert is_balanced(db, session)


def test_an_offer_says_until_when_and_is_not_delivered_later(db: Session) -> None:
    session, visit = a_full_session(db)
    join(db, wish(session=session))

    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    [text] = [t for t in told(db, Send) if t.template == Template.PLACE_OFFERED]
    assert text.not_after == NOON + timedelta(days=1)
    assert text.values["until"] == "2026-11-25T09:00:00Z"
    assert text.text_class == "reminder"  # by night the gateway holds it back


def test_an_offer_is_taken_as_a_visit(db: Session) -> None:
    session, visit = a_full_session(db)
    asked = wish(session=session, places=2)
    join(db, asked)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    entry = accept(db, asked.entry)

    booked = told(db, VisitBooked)[-1]
    assert (booked.reference, booked.places, booked.session) == (asked.reference, 2, session)
    assert entry.state == "booked"
    assert asked.contact in texts(db, Template.APPOINTMENT)
    assert free_places(db, session) == 0
    with pytest.raises(AlreadyBooked):
        answer(db, AnswerOffer(actor=whose(db, asked.entry), entry=asked.entry, offer=booked.visit, accepts=True))


def test_the_first_who_fits_is_asked_and_the_next_when_he_declines(db: Session) -> None:
    session, visit = a_full_session(db)
    large, first, second = (wish(session=session, places=n) for n in (3, 2, 1))
    join_in_turn(db, large, first, second)

    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
    assert [state(db, e.entry).state for e in (large, first, second)] == ["waiting", "offered", "waiting"]
    accept(db, first.entry, accepts=False)

    assert [state(db, e.entry).state for e in (large, first, second)] == ["waiting", "ended", "offered"]
    assert is_balanced(db, session)


def test_an_offer_without_an_answer_goes_to_the_next(db: Session) -> None:
    session, visit = a_full_session(db)
    first, second = wish(session=session, places=2), wish(session=session, places=2)
    join_in_turn(db, first, second)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
    offer = state(db, first.entry).offer

    expire(db, ExpireWaiting(entry=first.entry, offer=offer))

    assert (state(db, first.entry).state, state(db, first.entry).ended_because) == ("ended", "unanswered")
    assert state(db, second.entry).state == "offered"
    with pytest.raises(OfferOver):
        answer(db, AnswerOffer(actor=whose(db, first.entry), entry=first.entry, offer=offer or uuid4(), accepts=True))


def test_an_offer_whose_time_is_over_is_not_taken_though_nobody_has_ended_it_yet(db: Session) -> None:
    session, visit = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
    db.info["clock"] = lambda: NOON + timedelta(days=1, minutes=1)

    with pytest.raises(OfferOver):
        accept(db, asked.entry)


def test_who_leaves_one_day_waits_on_for_another_at_the_site_and_is_not_asked_that_day_again(db: Session) -> None:
    site = a_site(db, governorate=None)
    session, visit = a_full_session(db, site=site)
    asked = wish(site=site)
    join(db, asked)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    accept(db, asked.entry, accepts=False)

    assert state(db, asked.entry).state == "waiting"
    assert free_places(db, session) == 2
    another = a_session(db, site=site, starts_in=timedelta(days=9))
    assert state(db, asked.entry).offered_session == another


def test_after_three_offers_without_an_answer_a_family_is_asked_no_more(db: Session) -> None:
    site = a_site(db, governorate=None)
    asked = wish(site=site)
    join(db, asked)
    for days in (5, 6, 7):
        a_session(db, site=site, starts_in=timedelta(days=days))
        offer = state(db, asked.entry).offer
        expire(db, ExpireWaiting(entry=asked.entry, offer=offer))

    assert (state(db, asked.entry).state, state(db, asked.entry).ended_because) == ("ended", "unanswered")


def test_women_only_days_are_offered_to_those_who_take_them(db: Session) -> None:
    site = a_site(db, governorate=None)
    anybody, woman = wish(site=site), wish(site=site, takes_women_only=True)
    join_in_turn(db, anybody, woman)

    a_session(db, site=site, is_women_only=True)

    assert [state(db, e.entry).state for e in (anybody, woman)] == ["waiting", "offered"]


def test_moving_away_frees_the_old_place_for_the_next(db: Session) -> None:
    session, visit = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)

    reschedule_visit(
        db, RescheduleVisit(actor=whose(db, visit), visit=visit, session=a_session(db, starts_in=timedelta(days=8)))
    )

    assert state(db, asked.entry).state == "offered"


def test_a_family_waits_in_one_line_and_not_for_what_it_has(db: Session) -> None:
    session, _ = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)

    with pytest.raises(AlreadyWaiting) as refused:
        join(db, wish(session=session, reference=asked.reference))
    assert refused.value.values == {"entry": asked.entry}
    other = a_session(db)
    visit = a_visit(db, other)
    with pytest.raises(AlreadyBooked):
        join(db, wish(session=other, reference=visit.reference))


def test_nobody_waits_for_what_is_closed(db: Session) -> None:
    session = a_session(db)
    close_session(db, CloseSession(session=session, actor=staff_of("mld", STAFF)))
    with pytest.raises(SessionClosed):
        join(db, wish(session=session))
    reference = new_reference()
    a_file(db, reference, is_open=False)
    with pytest.raises(FileClosed):
        join(db, wish(session=a_session(db), reference=reference))


def test_who_leaves_gives_back_what_it_held(db: Session) -> None:
    session, visit = a_full_session(db)
    first, second = wish(session=session, places=2), wish(session=session, places=2)
    join_in_turn(db, first, second)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    leave(db, LeaveWaitingList(actor=whose(db, first.entry), entry=first.entry))

    assert [state(db, e.entry).state for e in (first, second)] == ["ended", "offered"]
    with pytest.raises(OfferOver):
        leave(db, LeaveWaitingList(actor=whose(db, first.entry), entry=first.entry))


def test_a_file_that_closes_waits_no_more(db: Session) -> None:
    session, visit = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)
    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    a_file(db, asked.reference, is_open=False)

    assert (state(db, asked.entry).state, state(db, asked.entry).ended_because) == ("ended", "file_closed")
    assert free_places(db, session) == 2


def test_a_day_that_begins_ends_the_waiting_for_it(db: Session) -> None:
    session, _ = a_full_session(db)
    asked = wish(session=session)
    join(db, asked)

    expire(db, ExpireWaiting(entry=asked.entry))

    assert state(db, asked.entry).ended_because == "day_began"


def test_just_before_a_session_nobody_is_asked_any_more(db: Session) -> None:
    session, visit = a_full_session(db, starts_in=timedelta(hours=4))
    asked = wish(session=session)
    join(db, asked)

    cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))

    assert state(db, asked.entry).state == "waiting"
    assert free_places(db, session) == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["book", "cancel", "move", "join", "take", "decline", "expire", "leave", "close"]),
        st.integers(0, 11),
        st.integers(1, 3),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_sequence_offers_more_than_is_free_or_holds_a_place_twice(
    engine: sa.Engine, steps: list[tuple[str, int, int]]
) -> None:
    with open_session(engine, clock=lambda: NOON) as db:
        site = a_site(db, governorate=None)
        sessions = [a_session(db, site=site, free=n, starts_in=timedelta(days=5 + n)) for n in (1, 2, 4)]
        families = [new_reference() for _ in range(6)]
        visits, entries = list[UUID](), list[UUID]()
        for what, which, places in steps:
            with suppress(Refusal, LookupError):
                take_a_step(db, what, which, places, sessions, families, visits, entries)
            assert all(is_balanced(db, session) for session in sessions), what
            assert nobody_twice(db), what
        db.rollback()


def take_a_step(
    db: Session,
    what: str,
    which: int,
    places: int,
    sessions: list[UUID],
    families: list[str],
    visits: list[UUID],
    entries: list[UUID],
) -> None:
    session, family = sessions[which % 3], families[which % 6]
    visit = visits[which % len(visits)] if visits else uuid4()
    entry = entries[which % len(entries)] if entries else uuid4()
    match what:
        case "book":
            visits.append(a_visit(db, session, places=places, reference=family).id)
        case "cancel":
            cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
        case "move":
            reschedule_visit(db, RescheduleVisit(actor=whose(db, visit), visit=visit, session=session))
        case "join":
            where = {"session": session} if which % 2 else {"site": site_of(db, session)}
            entries.append(join(db, wish(reference=family, places=places, **where)).id)
        case "take" | "decline" if entries:
            accept(db, entry, accepts=what == "take")
        case "expire" if entries:
            expire(db, ExpireWaiting(entry=entry, offer=state(db, entry).offer))
        case "leave":
            leave(db, LeaveWaitingList(actor=whose(db, entry), entry=entry))
        case "close" if which == 0:
            close_session(db, CloseSession(session=session, actor=staff_of("mld", STAFF)))
        case _:
            pass


def site_of(db: Session, session: UUID) -> UUID:
    row = sa.text("SELECT site FROM collection_session WHERE id = :session")
    return db.connection().execute(row, {"session": session}).scalar_one()


TWICE = sa.text("""
SELECT 1 FROM visit WHERE state = 'booked' GROUP BY session, reference HAVING count(*) > 1
UNION ALL
SELECT 1 FROM waiting_entry WHERE state IN ('waiting', 'offered') GROUP BY reference HAVING count(*) > 1
""")


def nobody_twice(db: Session) -> bool:
    return db.connection().execute(TWICE).first() is None


def test_whoever_cancels_joins_and_takes_at_once_places_balance(engine: sa.Engine) -> None:
    with open_session(engine, clock=lambda: NOON) as db:
        session = a_session(db, free=8)
        visits = [a_visit(db, session).id for _ in range(8)]
        db.commit()
    wishes = [wish(session=session) for _ in range(12)]
    cancels = [
        lambda db, visit=visit: cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit)) for visit in visits
    ]
    joins = [lambda db, each=each: join(db, each) for each in wishes]
    rules: list[Callable[[Session], object]] = [*cancels, *joins]
    rules = [rules[n] for n in sorted(range(len(rules)), key=lambda n: n * 7 % len(rules))]

    with ThreadPoolExecutor(10) as families:
        outcomes = list(families.map(lambda rule: outcome(engine, rule), rules))

    assert outcomes == ["done"] * 20
    with open_session(engine) as db:
        assert is_balanced(db, session)
        assert free_places(db, session) == 0, "eight became free and twelve wait: none may lie idle"


def test_an_offer_answered_from_two_doors_is_taken_once(engine: sa.Engine) -> None:
    with open_session(engine, clock=lambda: NOON) as db:
        session, visit = a_full_session(db)
        asked = wish(session=session)
        join(db, asked)
        cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
        offer = state(db, asked.entry).offer
        db.commit()
    assert offer
    taking = AnswerOffer(actor=family_of(asked.reference), entry=asked.entry, offer=offer, accepts=True)

    with ThreadPoolExecutor(6) as doors:
        outcomes = list(doors.map(lambda _: outcome(engine, lambda db: answer(db, taking)), range(6)))

    assert sorted(outcomes) == ["already_booked"] * 5 + ["done"]
    with open_session(engine) as db:
        assert is_balanced(db, session)


def test_closing_while_an_offer_is_taken_leaves_nobody_at_the_closed_session(engine: sa.Engine) -> None:
    with open_session(engine, clock=lambda: NOON) as db:
        session = a_session(db, site=a_site(db, governorate=None), free=12)
        taken = [a_visit(db, session).id for _ in range(12)]
        wishes = [wish(session=session) for _ in range(12)]
        for each in wishes:
            join(db, each)
        for visit in taken:
            cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit))
        offers = {each.entry: state(db, each.entry).offer or uuid4() for each in wishes}
        db.commit()
    rules: list[Callable[[Session], object]] = [
        lambda db, e=e, o=o: answer(db, AnswerOffer(actor=whose(db, e), entry=e, offer=o, accepts=True))
        for e, o in offers.items()
    ]
    rules.insert(6, lambda db: close_session(db, CloseSession(session=session, actor=staff_of("mld", STAFF))))

    with ThreadPoolExecutor(8) as families:
        outcomes = list(families.map(lambda rule: outcome(engine, rule), rules))

    assert set(outcomes) <= {"done", "offer_over"}
    with open_session(engine) as db:
        assert free_places(db, session) == 12
        assert is_balanced(db, session)
        where = "SELECT count(*) FROM waiting_entry WHERE state IN ('waiting', 'offered') AND id = ANY(:entries)"
        waiting = db.connection().execute(sa.text(where), {"entries": list(offers)}).scalar_one()
        rebooked = len([o for o in outcomes if o == "done"]) - 1
        assert waiting >= 12 - rebooked, "whoever lost an offer or a visit still waits"


def test_a_wish_to_wait_names_one_thing() -> None:
    with pytest.raises(ValueError, match="one waits for"):
        wish(session=uuid4(), site=uuid4())
    with pytest.raises(ValueError, match="one waits for"):
        wish()
