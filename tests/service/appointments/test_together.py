"""What has arrived is booked together in one statement, and nobody can tell: as if each had come alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.appointments.booking import book_visit, book_visits, carry_out
from services.appointments.visits import PlannedVisit
from shared.database import open_session
from shared.messages.appointments import BookVisit, SessionChanged
from shared.messaging.deliveries import Handler, apply_batch
from shared.messaging.outbox import outbox_row
from shared.messaging.parking import RetryPlan
from shared.messaging.refusal import Refusal
from shared.messaging.wire import Delivery
from shared.parts import Part
from shared.references import new_reference
from tests.service.appointments.builders import NOON, a_session, a_wish, free_places, told

BOOKING = Handler("appointments.book_visit", {"book_visit": BookVisit}, carry_out, together=True)


def reasons(answers: list[PlannedVisit | Refusal]) -> list[str]:
    return [answer.reason if isinstance(answer, Refusal) else "booked" for answer in answers]


def one_by_one(db: Session, wishes: list[BookVisit]) -> list[str]:
    answers: list[PlannedVisit | Refusal] = []
    for wish in wishes:
        try:
            answers.append(book_visit(db, wish))
        except Refusal as refusal:
            answers.append(refusal)
    return reasons(answers)


def test_a_batch_is_served_in_its_order(db: Session) -> None:
    session = a_session(db, free=3)

    answers = book_visits(db, [a_wish(session) for _ in range(5)])

    assert reasons(answers) == ["booked"] * 3 + ["session_full"] * 2


def test_who_wants_too_much_does_not_stand_in_the_way_of_others(db: Session) -> None:
    session = a_session(db, free=4)

    answers = book_visits(db, [a_wish(session, places=n) for n in (3, 2, 1, 1)])

    assert reasons(answers) == ["booked", "session_full", "booked", "session_full"]
    assert free_places(db, session) == 0


def test_a_family_that_clicks_twice_holds_one_visit(db: Session) -> None:
    session = a_session(db)
    wish, reference = a_wish(session), new_reference()
    twice = [a_wish(session, reference=reference), a_wish(session, reference=reference)]

    answers = book_visits(db, [wish, *twice, wish])

    assert reasons(answers) == ["booked", "booked", "already_booked", "already_booked"]
    assert free_places(db, session) == 8


def test_a_session_is_told_once_for_all_bookings_of_a_round(db: Session) -> None:
    session = a_session(db, free=30)

    book_visits(db, [a_wish(session) for _ in range(20)])

    assert [c.free for c in told(db, SessionChanged)] == [30, 10]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 5)), max_size=14),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
)
def test_together_is_as_one_by_one(
    engine: sa.Engine, wanted: list[tuple[int, int, int]], places: tuple[int, int]
) -> None:
    families = [new_reference() for _ in range(6)]

    # Who is booked, not why others are not: a family's first wish, too large, may hear of its second, which was not.
    def outcomes(rule: Callable[[Session, list[BookVisit]], list[str]]) -> tuple[list[bool], list[int]]:
        with open_session(engine, clock=lambda: NOON) as db:
            open_ones = [a_session(db, free=free) for free in places]
            sessions = [*open_ones, UUID(int=1)]
            wishes = [a_wish(sessions[s], places=n, reference=families[f]) for s, n, f in wanted]
            answers = rule(db, wishes)
            left = [free_places(db, s) for s in open_ones]
            db.rollback()
        return [answer == "booked" for answer in answers], left

    assert outcomes(lambda db, wishes: reasons(book_visits(db, wishes))) == outcomes(one_by_one)


def test_every_family_gets_the_answer_to_its_own_wish(part_database: Callable[[Part], sa.Engine]) -> None:
    engine = part_database(Part.APPOINTMENTS)
    with open_session(engine, clock=lambda: NOON) as db:
        session = a_session(db, free=2, starts_in=timedelta(days=400))
        db.commit()
    wishes = [a_wish(session) for _ in range(4)]
    rows = [outbox_row(wish, datetime.now(UTC)) for wish in wishes]
    deliveries = [Delivery("appointments.book_visit", r.body, json.loads(r.headers), str(r.id)) for r in rows]

    outcome = apply_batch(lambda: open_session(engine), BOOKING, deliveries, RetryPlan((1,)))

    assert outcome.counts == {"applied": 2, "refused": 2}
    answers = answers_by_wish(engine)
    assert [answers[str(row.id)] for row in rows] == ["visit_booked"] * 2 + ["book_visit_refused"] * 2


def answers_by_wish(engine: sa.Engine) -> dict[str, str]:
    """What was answered to each message, by the correlation in the outbox."""
    with engine.connect() as connection:
        told = sa.text("SELECT headers FROM outbox WHERE headers->>'kind' IN ('visit_booked', 'book_visit_refused')")
        headers: list[dict[str, Any]] = list(connection.execute(told).scalars())
    return {h["correlation"]: h["kind"] for h in headers}
