"""The whole system of a test run: every part, its servers and the carrier, as `make run` starts them."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psycopg

from infra.local.children import Child
from infra.local.plan import SILA
from infra.local.ports import free_ports
from infra.local.postgres import Postgres
from infra.local.rabbitmq import Node, Ports
from infra.local.readiness import READY, readiness
from shared.parts import Part, Process
from tests.ports import free_doors
from tests.waiting import eventually

FAMILIES = 60
START_LIMIT_S = 180
SETTINGS = {
    "SILA_DEMO": "no",
    "SILA_INSTALL": "no",
    "SILA_LIMITS": "raised",  # every test comes from one address; the limits have tests of their own
    "SILA_RETRY_DELAYS_S": "[1, 1]",
    "SILA_CONTACT_ROUND_S": "2",
    "SILA_CARRIER_SEGMENTS_PER_S": "100",
    "SILA_QUIET_HOURS": "false",
}


class System:
    """Everything that runs, and where its doors are. What can be broken in it is broken here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = _write_ports(folder)
        doors = free_doors(taken=ports.values())
        self.url = f"http://127.0.0.1:{doors['SILA_PORT']}"
        self.carrier_url = f"http://127.0.0.1:{doors['SILA_SIMULATOR_PORT']}"
        self.metrics_port = doors["SILA_METRICS_PORT"]
        self.postgres = Postgres(folder / "postgres", ports["postgres"])
        self.node = Node(folder / "rabbitmq", Ports(ports["amqp"], ports["distribution"], ports["epmd"]))
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("SILA_", "TWILIO_"))}
        self._given = inherited | SETTINGS | {name: str(port) for name, port in doors.items()}
        self._run = Child(
            "sila", [sys.executable, "-m", "tests.system.running", folder],
            environment=self._given, log=folder / "run.log", pid_file=folder / "run.pid", patience_s=90,
        )  # fmt: skip

    def start(self) -> None:
        """Start everything, wait until every part consumes, and seed the demo."""
        self._run.launch()
        try:
            eventually(self._is_ready, START_LIMIT_S, "every part ready")
        except AssertionError:
            raise AssertionError(f"The system did not start:\n{self._run.last_lines(15)}") from None
        self.sila("seed", "--families", str(FAMILIES), "--file", str(self.folder / "demo.json"))

    def _is_ready(self) -> bool:
        assert self._run.is_running, f"The system ended at once:\n{self._run.last_lines(15)}"
        return readiness(self.url) == READY

    def stop(self) -> None:
        """Stop everything, as Ctrl-C does."""
        self._run.stop()

    # What an operator has

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables with which the command line reaches this system."""
        carrier = json.loads((self.folder / "carrier.json").read_text())
        return self._given | {
            "SILA_BASE_URL": self.url,
            "SILA_KEYS": str(self.folder / "keys.json"),
            "SILA_DATABASE_URL": self.postgres.url,
            "SILA_AMQP_URL": self.node.url(),
            "TWILIO_ACCOUNT_SID": carrier["account_sid"],
            "TWILIO_AUTH_TOKEN": carrier["auth_token"],
            "TWILIO_MESSAGING_SERVICE_SID": carrier["messaging_service_sid"],
            "TWILIO_API_BASE_URL": self.carrier_url,
        }

    def sila(self, *words: str) -> str:
        """What `sila …` prints; a failure of it fails the test."""
        done = subprocess.run(
            [SILA, *words], env=self.environment, capture_output=True, text=True, timeout=240, cwd=self.folder
        )
        assert done.returncode == 0, f"sila {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def metrics(self, process: Process) -> str:
        """A process's `/metrics`."""
        return httpx.get(f"http://127.0.0.1:{self.metrics_port + process.metrics_port_offset}/metrics").text

    def logs(self) -> dict[str, str]:
        """The logs of the parts and of the run, by file."""
        return {file.name: file.read_text(errors="replace") for file in (self.folder / "log").glob("*.log")}

    @contextmanager
    def database(self, part: Part) -> Iterator[psycopg.Connection[Any]]:
        """A part's database, for what no door shows."""
        url = f"{self.postgres.url}/sila_{part}".replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
            yield db

    def count(self, part: Part, query: str, *parameters: object) -> int:
        """The number that a query of a part's database gives."""
        with self.database(part) as db:
            row = db.execute(query, parameters or None).fetchone()  # pyright: ignore[reportArgumentType]
        assert row
        return row[0]

    def at_rest(self) -> bool:
        """Whether no message waits in any outbox, and none to be tried again."""
        waiting = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM failed_message WHERE state <> 'parked')"
        return all(self.count(part, waiting) == 0 for part in Part)

    # What can be broken

    def kill(self, process: Process) -> int:
        """`kill -9` a process. Returns the id that it had."""
        pid = self.pid_of(process)
        os.kill(pid, signal.SIGKILL)
        return pid

    def pid_of(self, process: Process) -> int:
        """A process's id."""
        return int((self.folder / "run" / f"{process}.pid").read_text().split()[0])

    def is_back(self, process: Process, killed: int) -> bool:
        """Whether a process that was killed has been started again."""
        with suppress(FileNotFoundError):
            return self.pid_of(process) != killed
        return False

    def carrier(self, what: str, **values: Any) -> None:
        """Set the carrier's `faults` or `behaviour`."""
        httpx.put(f"{self.carrier_url}/simulator/{what}", json=values).raise_for_status()

    def told(self, word: str) -> Counter[str]:
        """How many texts with a word in them each phone was sent."""
        lines = httpx.get(f"{self.carrier_url}/simulator/messages.jsonl", timeout=30).text.splitlines()
        sent = [text for text in map(json.loads, lines) if text["direction"] != "inbound"]
        return Counter(text["to"] for text in sent if word in text["body"])

    def is_ready(self) -> bool:
        """Whether every part consumes."""
        return readiness(self.url) == READY

    @contextmanager
    def broker_stopped(self) -> Iterator[None]:
        """The broker takes no connection meanwhile."""
        self.node.control("stop_app")
        try:
            yield
        finally:
            self.node.control("start_app")

    # What the demo is

    @cached_property
    def demo(self) -> dict[str, Any]:
        """The demo's accounts, cases and keys."""
        return json.loads((self.folder / "demo.json").read_text())


@contextmanager
def running_system(folder: Path) -> Iterator[System]:
    """A system in a folder, stopped at the end."""
    system = System(folder)
    try:
        system.start()
        yield system
    finally:
        system.stop()


def _write_ports(folder: Path) -> dict[str, int]:
    names = ("postgres", "amqp", "distribution", "epmd")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    (folder / "ports.json").write_text(json.dumps(ports))
    return ports
