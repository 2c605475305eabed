"""The probe's two databases, and its processes, for tests of a message's way."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared import sealing
from shared.database import engine_of, open_session
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.parts import Part
from shared.schema import create_database
from shared.settings import Settings, read_settings
from shared.settings import settings as process_settings
from tests.probe.messages import ProbeTable

Processes = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def settings(sila_environment: dict[str, str]) -> Settings:
    """This module's settings, also in this process."""
    os.environ.update(sila_environment, SILA_RETRY_DELAYS_S="[1, 1]", SILA_HEARTBEAT_S="4")
    process_settings.cache_clear()
    sealing.keys.cache_clear()
    return read_settings()


@pytest.fixture
def probe(settings: Settings) -> Iterator[sa.Engine]:
    """The probe's database, empty."""
    yield from _empty(settings, Part.MATCHING)


@pytest.fixture
def reader(settings: Settings) -> Iterator[sa.Engine]:
    """The reader's database, empty."""
    yield from _empty(settings, Part.OUTREACH)


def _empty(settings: Settings, part: Part) -> Iterator[sa.Engine]:
    create_database(settings, part)
    engine = engine_of(part, settings)
    ProbeTable.metadata.drop_all(engine)
    ProbeTable.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def topology(settings: Settings) -> None:
    """The queues of the probe, empty."""
    import pika

    declare(settings.amqp_url)
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_url)) as connection:
        for queue in ("probe.note", "probe.note.urgent", "probe-reader.noted", "probe-reader.refused"):
            connection.channel().queue_purge(queue)


@pytest.fixture
def relay(settings: Settings, topology: None, probe: sa.Engine) -> Iterator[Relay]:
    """The probe's relay, running."""
    running = Relay(Part.MATCHING, settings)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    yield running
    running.stop()
    thread.join(60)


@pytest.fixture
def start(settings: Settings) -> Iterator[Processes]:
    """Start the probe's processes; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start_one(name: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "tests.probe.service", name]
        running.append(subprocess.Popen(command, env={**os.environ, **environment}))
        return running[-1]

    yield start_one
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def db(probe: sa.Engine) -> Iterator[Session]:
    """A session on the probe's database."""
    with open_session(probe) as session:
        yield session
