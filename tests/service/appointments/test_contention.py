"""Places are never sold twice: not to fifty at once, not by any sequence of booking, moving and giving back."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from services.appointments.booking import book_visit, cancel_visit, reschedule_visit
from services.appointments.closing import close_session
from services.appointments.places import SessionFull
from services.appointments.tables import CollectionSession
from shared.database import open_session
from shared.messages.appointments import BookVisit, CancelVisit, CloseSession, RescheduleVisit
from shared.messaging.refusal import Refusal
from shared.references import new_reference
from tests.actors import staff_of
from tests.service.appointments.builders import NOON, STAFF, a_session, a_visit, a_wish, free_places, whose

COUNTED = sa.text("""
SELECT s.capacity - s.free AS taken, coalesce(sum(v.places) FILTER (WHERE v.state = 'booked'), 0) AS booked
FROM collection_session s LEFT JOIN visit v ON v.session = s.id WHERE s.id = :session GROUP BY s.id
""")


def moving(db: Session, visit: UUID, session: UUID) -> RescheduleVisit:
    return RescheduleVisit(actor=whose(db, visit), visit=visit, session=session)


def closing(session: UUID) -> CloseSession:
    return CloseSession(session=session, actor=staff_of("mld", STAFF))


def is_balanced(db: Session, session: UUID) -> bool:
    """Whether what is not free is just what the booked visits hold."""
    taken, booked = db.connection().execute(COUNTED, {"session": session}).one()
    return taken == booked


def committed(engine: sa.Engine, *sizes: int) -> list[UUID]:
    with open_session(engine, clock=lambda: NOON) as db:
        made = [a_session(db, free=free, starts_in=timedelta(days=5 + n)) for n, free in enumerate(sizes)]
        db.commit()
    return made


def outcome(engine: sa.Engine, rule: Callable[[Session], object]) -> str:
    """What becomes of a rule in a transaction of its own."""
    with open_session(engine, clock=lambda: NOON) as db:
        try:
            rule(db)
            db.commit()
        except Refusal as refusal:
            return refusal.reason
    return "done"


def test_fifty_at_once_get_exactly_the_last_ten_places(engine: sa.Engine) -> None:
    [session] = committed(engine, 10)

    with ThreadPoolExecutor(16) as families:
        outcomes = list(families.map(lambda _: outcome(engine, lambda db: book_visit(db, a_wish(session))), range(50)))

    assert (outcomes.count("done"), outcomes.count("session_full")) == (10, 40)
    with open_session(engine) as db:
        assert free_places(db, session) == 0
        assert is_balanced(db, session)


def test_one_file_asking_at_once_from_many_doors_holds_one_visit(engine: sa.Engine) -> None:
    [session], reference = committed(engine, 50), new_reference()

    def ask(_: int) -> str:
        try:
            return outcome(engine, lambda db: book_visit(db, a_wish(session, reference=reference)))
        except DBAPIError as error:  # the database's own no; the bus tries again and is then refused
            return str(error.orig.sqlstate)  # pyright: ignore

    with ThreadPoolExecutor(12) as doors:
        outcomes = list(doors.map(ask, range(24)))

    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "already_booked", "23505"}
    with open_session(engine) as db:
        assert free_places(db, session) == 49


def test_families_that_swap_sessions_at_once_all_keep_a_place(engine: sa.Engine) -> None:
    left, right = committed(engine, 40, 40)
    with open_session(engine, clock=lambda: NOON) as db:
        moves = [(a_visit(db, left).id, right) for _ in range(12)] + [(a_visit(db, right).id, left) for _ in range(12)]
        db.commit()
    random.Random(4).shuffle(moves)

    with ThreadPoolExecutor(12) as families:
        outcomes = list(
            families.map(
                lambda m: outcome(
                    engine,
                    lambda db: reschedule_visit(db, RescheduleVisit(actor=whose(db, m[0]), visit=m[0], session=m[1])),
                ),
                moves,
            )
        )

    assert outcomes == ["done"] * 24
    with open_session(engine) as db:
        assert (free_places(db, left), free_places(db, right)) == (28, 28)
        assert is_balanced(db, left)
        assert is_balanced(db, right)


def test_closing_while_families_book_leaves_no_visit_behind(engine: sa.Engine) -> None:
    [session] = committed(engine, 100)
    asked: list[BookVisit | CloseSession] = [a_wish(session) for _ in range(40)]
    asked.insert(20, CloseSession(session=session, actor=staff_of("mld", STAFF)))

    def ask(command: BookVisit | CloseSession) -> str:
        if isinstance(command, CloseSession):
            return outcome(engine, lambda db: close_session(db, command))
        return outcome(engine, lambda db: book_visit(db, command))

    with ThreadPoolExecutor(12) as families:
        outcomes = list(families.map(ask, asked))

    assert set(outcomes) <= {"done", "session_closed"}
    with open_session(engine) as db:
        assert free_places(db, session) == 100
        assert is_balanced(db, session)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["book", "cancel", "move", "close"]), st.integers(0, 7), st.integers(1, 4)),
        max_size=30,
    )
)
def test_no_sequence_of_wishes_oversells_or_loses_a_place(engine: sa.Engine, steps: list[tuple[str, int, int]]) -> None:
    with open_session(engine, clock=lambda: NOON) as db:
        sessions = [a_session(db, free=free, starts_in=timedelta(days=5 + free)) for free in (1, 3, 6)]
        visits: list[UUID] = []
        for what, which, places in steps:
            session = sessions[which % 3]
            visit = visits[which % len(visits)] if visits else uuid4()
            rules: dict[str, Callable[[], object]] = {
                "book": lambda: visits.append(a_visit(db, session, places=places).id),  # noqa: B023
                "cancel": lambda: cancel_visit(db, CancelVisit(actor=whose(db, visit), visit=visit)),  # noqa: B023
                "move": lambda: reschedule_visit(db, moving(db, visit, session)),  # noqa: B023
                "close": lambda: which < 1 and close_session(db, closing(session)),  # noqa: B023
            }
            with suppress(Refusal):
                rules[what]()
            assert all(is_balanced(db, s) for s in sessions)
        db.rollback()


def test_the_database_itself_refuses_to_oversell(db: Session) -> None:
    session = a_session(db, free=2)

    with pytest.raises(DBAPIError, match="free_within_capacity"):
        db.exec(sa.update(CollectionSession).where(CollectionSession.id == session).values(free=-1))  # pyright: ignore


def test_a_full_session_refuses_with_the_next_that_has_room(engine: sa.Engine) -> None:
    full, _ = committed(engine, 1, 5)
    assert outcome(engine, lambda db: book_visit(db, a_wish(full))) == "done"

    with open_session(engine, clock=lambda: NOON) as db, pytest.raises(SessionFull) as refused:
        book_visit(db, a_wish(full))

    assert refused.value.values["next_session"] is not None
