"""Appointments and outreach as processes, between a real broker and a real database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pika
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from services.outreach.notices import draft_notice
from services.outreach.tables import Notice
from shared.database import engine_of, open_session
from shared.messages.gateway import SendBatch
from shared.messages.outreach import Audience, StartNotice
from shared.messaging.outbox import publish
from shared.parts import Part
from shared.settings import read_settings
from tests.actors import staff_of
from tests.ports import metrics_row
from tests.service.appointments.builders import a_session, a_wish
from tests.service.outreach.builders import DRAFTER, a_draft, a_meeting, approve, families
from tests.waiting import eventually

pytestmark = pytest.mark.broker
PATIENCE_S = 90


@pytest.fixture(scope="module")
def environment(fresh_environment: dict[str, str]) -> dict[str, str]:
    """Migrated databases, a declared topology, and a carrier that takes a notice at once."""
    pace = {"SILA_CARRIER_SEGMENTS_PER_S": "100000"}
    environment = {**os.environ, **fresh_environment, **pace, **metrics_row()}
    subprocess.run([*sila("migrate")], env=environment, check=True, timeout=120)
    return environment


def sila(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-c", "from infra.cli import app; app()", *arguments]


@contextmanager
def running(environment: dict[str, str], *processes: str) -> Iterator[None]:
    started = [subprocess.Popen(sila("serve", process), env=environment) for process in processes]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


@contextmanager
def database(environment: dict[str, str], part: Part) -> Iterator[sa.Engine]:
    settings = read_settings(
        database_url=environment["SILA_DATABASE_URL"], database_prefix=environment["SILA_DATABASE_PREFIX"]
    )
    engine = engine_of(part, settings, connections=2)
    yield engine
    engine.dispose()


def count(engine: sa.Engine, statement: str) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.text(statement)).scalar_one()


def waiting_in(environment: dict[str, str], queue: str) -> list[bytes]:
    """What stands in a queue; takes it out."""
    with pika.BlockingConnection(pika.URLParameters(environment["SILA_AMQP_URL"])) as connection:
        channel, bodies = connection.channel(), list[bytes]()
        while (found := channel.basic_get(queue, auto_ack=True))[0] is not None:
            bodies.append(found[2] or b"")
    return bodies


def test_wishes_that_arrive_together_are_booked_and_refused_through_the_broker(environment: dict[str, str]) -> None:
    with database(environment, Part.APPOINTMENTS) as engine, running(environment, "appointments", "relay"):
        with open_session(engine) as db:
            session = a_session(db, free=10, starts_in=timedelta(days=9000))
            for _ in range(50):
                publish(db, a_wish(session))
            db.commit()

        assert eventually(
            lambda: count(engine, "SELECT count(*) FROM inbox WHERE handler LIKE '%book_visit'") == 50, PATIENCE_S
        )

        assert count(engine, "SELECT sum(places) FROM visit WHERE state = 'booked'") == 10
        assert count(engine, "SELECT free FROM collection_session") == 0
        assert eventually(lambda: count(engine, "SELECT count(*) FROM outbox") == 0, PATIENCE_S)
    assert len(waiting_in(environment, "projector.visit_booked")) == 10
    assert len([b for b in waiting_in(environment, "projector.refused") if b"session_full" in b]) == 40


def test_a_started_notice_runs_to_its_end_by_itself(environment: dict[str, str]) -> None:
    with database(environment, Part.OUTREACH) as engine, running(environment, "outreach", "relay"):
        with open_session(engine) as db:
            asked = families(db, 250, "IQ-DA")
            notice = an_approved_notice(db)
            publish(db, StartNotice(actor=staff_of("mgd", DRAFTER), notice=notice))
            db.commit()

        assert eventually(lambda: count(engine, "SELECT count(*) FROM notice WHERE state = 'done'") == 1, PATIENCE_S)
        assert eventually(lambda: count(engine, "SELECT count(*) FROM outbox") == 0, PATIENCE_S)

    batches = [SendBatch.model_validate_json(b) for b in waiting_in(environment, "gateway.send_batch.bulk")]
    assert sorted(len(b.contacts) for b in batches) == [50, 100, 100]
    assert sorted(contact for b in batches for contact in b.contacts) == sorted(asked)


def an_approved_notice(db: Session) -> UUID:
    meeting = a_meeting(db, starts_at=datetime.now(UTC) + timedelta(days=30))
    notice: Notice = draft_notice(db, a_draft(meeting, audience=Audience(governorates=["IQ-DA"])))
    approve(db, notice)
    return notice.id
