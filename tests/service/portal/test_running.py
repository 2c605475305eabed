"""The running projector, between a real broker and a real database: what is told, families read."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal import audit
from shared.database import engine_of, open_session
from shared.messages.model import Message
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.parts import Part
from shared.references import new_reference
from shared.schema import migrate
from shared.settings import Settings, read_settings
from tests.ports import metrics_row
from tests.service.messaging.looking import rows, scalar
from tests.service.portal.families import Family, a_contact, a_file
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("running")]
LIMIT_S = 90


@pytest.fixture(scope="module")
def running(fresh_environment: dict[str, str]) -> Settings:
    running = read_settings(**{k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()})
    migrate(running, Part.PORTAL)
    declare(running.amqp_url)
    return running


@pytest.fixture(scope="module")
def projection(running: Settings) -> Iterator[sa.Engine]:
    projection = engine_of(Part.PORTAL, running, connections=3)
    yield projection
    projection.dispose()


@pytest.fixture(scope="module")
def output(
    running: Settings, fresh_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The projector's process and the portal's relay run; what the process prints."""
    file = tmp_path_factory.mktemp("projector") / "output"
    environment = {**os.environ, **fresh_environment, **metrics_row()}
    relay = Relay(Part.PORTAL, running)
    relaying = threading.Thread(target=relay.run)
    with file.open("wb") as out:
        projector = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "infra.runner", "projector"], env=environment, stdout=out, stderr=out
        )
    relaying.start()
    yield file
    relay.stop()
    projector.terminate()
    relaying.join(60)
    projector.wait(60)


def tell(engine: sa.Engine, *messages: Message) -> None:
    """Send events as their owners do; the portal's own outbox carries them here."""
    with open_session(engine) as db:
        for message in messages:
            publish(db, message)
        db.commit()


def test_what_is_told_is_read_in_its_newest_version_and_the_trail_is_chained(
    projection: sa.Engine, output: Path
) -> None:
    family = Family(new_reference(), uuid4(), "+9647701234567")
    newest, older = a_file(family, version=3, status="search_continues"), a_file(family, version=2)
    tell(projection, newest, older, a_contact(family))
    with projection.begin() as db:
        db.exec_driver_sql("INSERT INTO audit_entry (at, door, action, subject) VALUES (now(), 'staff', 'looked', 'x')")
    assert eventually(lambda: scalar(projection, "SELECT count(*) FROM contact") == 1, LIMIT_S)
    assert eventually(lambda: scalar(projection, "SELECT count(*) FROM inbox") == 3, LIMIT_S)
    assert rows(projection, "SELECT version, status FROM family_file") == [(3, "search_continues")]
    assert eventually(
        lambda: scalar(projection, "SELECT count(*) FROM audit_entry WHERE sequence IS NULL") == 0, LIMIT_S
    )
    with open_session(projection) as db:
        assert audit.verify(db) == audit.Verdict(1)
    assert family.reference not in output.read_text()


def test_a_malformed_message_is_parked_and_the_good_ones_beside_it_are_applied(
    projection: sa.Engine, output: Path
) -> None:
    families = [Family(new_reference(), uuid4(), "+9647701234567") for _ in range(5)]
    tell(projection, *(a_file(family, institution="police") for family in families))
    with projection.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO outbox (message_id, exchange, routing_key, headers, body) "
            "VALUES (gen_random_uuid(), 'reports.events', 'report_changed', %(headers)s, 'nonsense')",
            {"headers": '{"kind": "report_changed", "version": 1}'},
        )
    applied = "SELECT count(*) FROM family_file WHERE institution = 'police'"
    assert eventually(lambda: scalar(projection, applied) == len(families), LIMIT_S)
    parked = "SELECT handler, state FROM failed_message"
    assert eventually(lambda: rows(projection, parked) == [("projector.report_changed", "parked")], LIMIT_S)
