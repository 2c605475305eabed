"""What the benchmarks stand on: a PostgreSQL and a RabbitMQ of their own, the probe's tables and queues, processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import psycopg

from infra.local.ports import free_ports
from infra.local.postgres import Postgres
from infra.local.rabbitmq import Node, Ports
from shared.database import engine_of
from shared.messaging.topology import declare
from shared.parts import Part
from shared.schema import create_database
from shared.sealing import generate_keys
from shared.settings import Settings, read_settings
from shared.settings import settings as process_settings
from tests.probe.messages import ProbeTable

MEMORY = Path("/dev/shm")
"""Where there is such a folder the servers live in memory: a shared disk's pauses would be measured, not the code."""
QUEUE = "probe.note"
NOTES = Part.MATCHING
"""The part in whose place the probe stands: its database has the notes."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers' addresses, as settings, and the folder of this run."""

    folder: Path
    settings: Settings

    @property
    def conninfo(self) -> str:
        """The probe's database, for psycopg."""
        return self.settings.database_of(NOTES).replace("postgresql+psycopg://", "postgresql://")

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the probe's database that commits each statement."""
        return psycopg.connect(self.conninfo, autocommit=True)

    def empty(self) -> None:
        """No notes, no messages: the state before each measurement."""
        with self.connect() as db:
            db.execute("TRUNCATE note, outbox, inbox, failed_message, due_message")
            db.execute("VACUUM (ANALYZE) note, outbox, inbox")
        with self.channel() as channel:
            channel.queue_purge(QUEUE)

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """A blocking channel to the broker."""
        with pika.BlockingConnection(pika.URLParameters(self.settings.amqp_url)) as connection:
            yield connection.channel()


@contextmanager
def prepared() -> Iterator[Ground]:
    """Start the servers, tables and queues, and stop them at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sila-bench-", dir=MEMORY if MEMORY.is_dir() else None))
    ports = free_ports(4)
    postgres, node = Postgres(folder / "postgres", ports[0]), Node(folder / "rabbitmq", Ports(*ports[1:]))
    try:
        node.launch()
        postgres.start()
        node.await_ready()
        yield _settled(folder, postgres, node)
    finally:
        node.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _settled(folder: Path, postgres: Postgres, node: Node) -> Ground:
    (folder / "keys.json").write_text(json.dumps(generate_keys()))
    os.environ.update(
        SILA_ENVIRONMENT="test",
        SILA_DATABASE_URL=postgres.url,
        SILA_DATABASE_PREFIX="bench_",
        SILA_AMQP_URL=node.url(),
        SILA_KEYS=str(folder / "keys.json"),
    )
    process_settings.cache_clear()
    settings = read_settings()
    declare(settings.amqp_url)
    for part in Part:
        _make_tables(settings, part)
    return Ground(folder, settings)


def _make_tables(settings: Settings, part: Part) -> None:
    """The probe's tables in every part's database: the relay process looks after them all, as it does in earnest."""
    create_database(settings, part)
    engine = engine_of(part, settings)
    ProbeTable.metadata.create_all(engine)
    engine.dispose()


@contextmanager
def running(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of this run, killed at the end of the block."""
    command: Sequence[str] = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def await_that(condition: Callable[[], bool], limit_s: float = 120, pause_s: float = 0.005) -> None:
    """Wait for a condition. Raises TimeoutError."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the benchmark's condition did not come about")
        time.sleep(pause_s)
