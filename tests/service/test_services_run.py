"""Appointments and outreach as processes, between a real broker and a real database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pika
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from infra.local.keeper import Servers
from services.outreach.notices import draft_notice
from services.outreach.tables import Notice
from shared.database import engine_of, open_session
from shared.messages.gateway import SendBatch
from shared.messages.model import Command
from shared.messages.outreach import Audience, StartNotice
from shared.messaging.outbox import publish
from shared.parts import Part, Process
from shared.sealing import NEEDED_BY
from shared.settings import read_settings
from tests.actors import staff_of
from tests.ports import metrics_row
from tests.service.appointments.builders import a_session, a_wish
from tests.service.outreach.builders import DRAFTER, a_draft, a_meeting, approve, families
from tests.waiting import eventually

pytestmark = pytest.mark.broker
PATIENCE_S = 90


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each process finds its own key file and its own account at the broker."""
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def environment(fresh_environment: dict[str, str], accounts: Path, servers: Servers) -> dict[str, str]:
    """Migrated databases, a declared topology, keys and accounts as an operator makes them, and a carrier that takes a
    notice at once."""
    environment = {**os.environ, **fresh_environment, "SILA_CARRIER_SEGMENTS_PER_S": "100000", **metrics_row()}
    prepare(environment, accounts, servers)
    return environment


def prepare(environment: dict[str, str], accounts: Path, servers: Servers) -> None:
    """Migrate, and make each process its own key file and its own account, in a folder."""
    for words in (
        ["migrate"],
        ["keys", "split", environment["SILA_KEYS"], str(accounts)],
        ["broker", "accounts", str(accounts)],
    ):
        subprocess.run(sila(*words), env=environment, check=True, timeout=120)
    servers.node.control("import_definitions", str(accounts / "definitions.json"))


def sila(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-c", "from infra.cli import app; app()", *arguments]


@contextmanager
def running(environment: dict[str, str], accounts: Path, *processes: str) -> Iterator[None]:
    """Run processes, each with its own keys and its own account alone."""
    started: list[subprocess.Popen[bytes]] = []
    for process in processes:
        url = (accounts / f"{process}.env").read_text().strip().removeprefix("SILA_AMQP_URL=")
        own = {"SILA_KEYS": str(accounts / f"{process}.json"), "SILA_AMQP_URL": url}
        started.append(subprocess.Popen(sila("serve", process), env=environment | own))
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


def submit(environment: dict[str, str], *commands: Command) -> None:
    """Write people's commands to the portal's outbox: no other part may send them."""
    with database(environment, Part.PORTAL) as engine, open_session(engine) as db:
        for command in commands:
            publish(db, command)
        db.commit()


def waiting_in(environment: dict[str, str], queue: str) -> list[bytes]:
    """What stands in a queue; takes it out."""
    with pika.BlockingConnection(pika.URLParameters(environment["SILA_AMQP_URL"])) as connection:
        channel, bodies = connection.channel(), list[bytes]()
        while (found := channel.basic_get(queue, auto_ack=True))[0] is not None:
            bodies.append(found[2] or b"")
    return bodies


def test_wishes_that_arrive_together_are_booked_and_refused_through_the_broker(
    environment: dict[str, str], accounts: Path
) -> None:
    with database(environment, Part.APPOINTMENTS) as engine, running(environment, accounts, "appointments", "relay"):
        with open_session(engine) as db:
            session = a_session(db, free=10, starts_in=timedelta(days=9000))
            wishes = [a_wish(session) for _ in range(50)]
            db.commit()
        submit(environment, *wishes)

        assert eventually(
            lambda: count(engine, "SELECT count(*) FROM inbox WHERE handler LIKE '%book_visit'") == 50, PATIENCE_S
        )

        assert count(engine, "SELECT sum(places) FROM visit WHERE state = 'booked'") == 10
        assert count(engine, "SELECT free FROM collection_session") == 0
        assert eventually(lambda: count(engine, "SELECT count(*) FROM outbox") == 0, PATIENCE_S)
    assert len(waiting_in(environment, "projector.visit_booked")) == 10
    assert len([b for b in waiting_in(environment, "projector.refused") if b"session_full" in b]) == 40


def test_a_started_notice_runs_to_its_end_by_itself(environment: dict[str, str], accounts: Path) -> None:
    with database(environment, Part.OUTREACH) as engine, running(environment, accounts, "outreach", "relay"):
        with open_session(engine) as db:
            asked = families(db, 250, "IQ-DA")
            notice = an_approved_notice(db)
            db.commit()
        submit(environment, StartNotice(actor=staff_of("mgd", DRAFTER), notice=notice))

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


@pytest.mark.parametrize("process", [p for p in Process if p is not Process.RELAY])
def test_a_process_that_lacks_a_key_says_which_and_does_not_start(
    environment: dict[str, str], accounts: Path, process: Process
) -> None:
    anothers = environment | {"SILA_KEYS": str(accounts / f"{Process.RELAY}.json")}
    ended = subprocess.run(sila("serve", process), env=anothers, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert f"{process} cannot start." in ended.stderr
    assert "SILA_KEYS: the key file of" in ended.stderr
    for purpose in NEEDED_BY[process].purposes:
        assert purpose in ended.stderr


def test_each_process_has_a_key_file_and_none_but_the_gateways_has_its_private_key(
    accounts: Path, environment: dict[str, str]
) -> None:
    whole = json.loads(Path(environment["SILA_KEYS"]).read_text())
    private: str = whole["gateway-box"]["private"][0]
    holders = [process for process in Process if private in (accounts / f"{process}.json").read_text()]
    assert holders == [Process.GATEWAY]
