"""What operators see of appointments, read from the database when it is asked for."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from sqlmodel import Session

from services.appointments import metrics
from services.appointments.booking import book_visits
from services.appointments.samples import register_sample
from shared.database import open_session
from shared.figures import Figures
from shared.parts import Part
from tests.conftest import PartDatabase
from tests.service.appointments.builders import a_sample, a_session, a_wish


def page(engine: sa.Engine) -> str:
    registry = CollectorRegistry()
    Figures(engine, metrics.FIGURES).serve(registry)
    return generate_latest(registry).decode()


def test_places_visits_and_samples_are_counted(part_database: PartDatabase) -> None:
    engine = part_database(Part.APPOINTMENTS)
    with open_session(engine) as db:
        session = a_session(db, free=9, starts_in=timedelta(days=18250))
        book_visits(db, [a_wish(session, places=2), a_wish(session, places=3)])
        register_sample(db, a_sample(db, barcode="IQ-000900"))
        db.commit()

    shown = page(engine)

    assert 'sila_places_free{governorate="IQ-NI"} 4.0' in shown
    assert 'sila_visits{state="booked"} 2.0' in shown
    assert 'sila_samples{specimen="blood_card"} 1.0' in shown


def test_without_its_database_the_page_lacks_figures_and_nothing_breaks() -> None:
    nowhere = sa.create_engine("postgresql+psycopg://127.0.0.1:9/none", connect_args={"connect_timeout": 1})

    assert page(nowhere) == ""


def test_bookings_are_counted_by_outcome(db: Session) -> None:
    session = a_session(db, free=1)
    before = counted("booked"), counted("session_full")

    book_visits(db, [a_wish(session), a_wish(session)])

    assert (counted("booked"), counted("session_full")) == (before[0] + 1, before[1] + 1)


def counted(outcome: str) -> float:
    value = metrics.bookings.labels(outcome)._value.get()
    return value if value is not None else pytest.fail("not counted")
