"""P4/writer: what the outbox costs those who write: transactions a second with its rows beside the same without."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from infra.local.postgres import program
from shared.database import engine_of, open_session
from shared.messaging.outbox import WRITE_ONE, outbox_row, publish
from shared.messaging.waking import AWAKE
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import NOTES, Ground
from tests.probe.messages import Note, NoteRow

SECONDS = 5
CLIENTS = 4
NOTIFY_EACH = f"WITH written AS ({WRITE_ONE}) SELECT pg_notify('outbox', '')"


def measure(ground: Ground) -> list[Figure]:
    """By the database's own load generator, and through a service's session."""
    goal = Goal(to_limit=0.8)
    scripts = {"ours": WRITE_ONE, "peer": NOTIFY_EACH, "limit": ""}
    by_statement = interleaved({way: lambda sql=sql: _by_pgbench(ground, sql) for way, sql in scripts.items()})
    by_session = interleaved(
        {"ours": lambda: _by_session(ground, publishes=True), "limit": lambda: _by_session(ground, publishes=False)}
    )
    note = "A transaction writes a note and, but for the limit, a message; the relay is awake and idle."
    return [
        Figure(
            "P4/writer",
            "Writers with outbox rows, statements by pgbench",
            "transactions/s",
            goal,
            by_statement,
            f"{note} {CLIENTS} clients. Peer: a notification in every transaction.",
        ),
        Figure(
            "P4/writer/session",
            "Writers with outbox rows, SQLModel sessions",
            "transactions/s",
            goal,
            by_session,
            f"{note} One thread of Python, `publish()` and the commit's listener included.",
        ),
    ]


def _by_pgbench(ground: Ground, write: str) -> float:
    ground.empty()
    script = ground.folder / "transaction.sql"
    script.write_text(_script(write))
    with _relay_awake(ground):
        done = _pgbench(ground, script)
    found = re.search(r"tps = ([\d.]+)", done)
    assert found, done
    return float(found[1])


def _script(write: str) -> str:
    """A transaction as a session sends it: what is written for the outbox travels with the commit."""
    from datetime import UTC, datetime

    row = outbox_row(Note(note=uuid4()), datetime.now(UTC))
    values = ("gen_random_uuid()", *(f"'{v}'" for v in (row.exchange, row.routing_key, row.headers, row.body.decode())))
    note = "INSERT INTO note (id, text) VALUES (gen_random_uuid(), 'x')"
    message = " ".join((write % values).split()) if write else ""
    end = ["\\startpipeline", f"{message};", "COMMIT;", "\\endpipeline"] if message else ["COMMIT;"]
    return "\n".join(["BEGIN;", f"{note};", *end])


def _pgbench(ground: Ground, script: Path) -> str:
    command = [program("pgbench"), "-n", "-c", str(CLIENTS), "-j", "1", "-T", str(SECONDS), "-M", "prepared"]
    command += ["-f", script, ground.conninfo]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ}).stdout


def _by_session(ground: Ground, *, publishes: bool) -> float:
    ground.empty()
    engine = engine_of(NOTES, ground.settings)
    with _relay_awake(ground):
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < SECONDS:
            with open_session(engine) as db:
                note = NoteRow(id=uuid4(), text="x")
                db.add(note)
                if publishes:
                    publish(db, Note(note=note.id))
                db.commit()
            count += 1
        seconds = time.perf_counter() - started
    engine.dispose()
    return count / seconds


@contextmanager
def _relay_awake(ground: Ground) -> Iterator[None]:
    """What a relay that is awake shows the writers."""
    with ground.connect() as db:
        said = db.execute(AWAKE).fetchone()
        assert said == (True,)
        db.execute("LISTEN outbox")
        yield
