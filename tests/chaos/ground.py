"""The isolated system of a run: its own broker, database, carrier and parts, each part behind lines of its own."""

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from infra.local.__main__ import claimed
from infra.local.children import Child, stop_together
from infra.local.plan import SILA, Plan, make_plan
from infra.local.ports import free_ports
from infra.local.postgres import Postgres
from infra.local.rabbitmq import Node
from infra.local.readiness import READY, readiness
from infra.local.supervisor import READY_LIMIT_S, patient
from infra.local.watching import Watch, Watched
from shared.parts import Part, Process
from shared.settings import Settings, settings
from tests.chaos.proxy import Lines
from tests.chaos.size import Size
from tests.chaos.timeline import Timeline
from tests.ports import free_doors

BROKER, DATABASE, CARRIER = "broker", "database", "carrier"


class Ground:
    """Everything that runs, and the ways to hurt it. Used from the main thread alone, which the children live by."""

    def __init__(self, folder: Path, size: Size, timeline: Timeline, broken: str | None) -> None:
        self.folder, self.timeline = folder, timeline
        self.lines = Lines()
        carrier_line, portal_line = lines = free_ports(2)
        doors = free_doors(taken=lines)
        self.plan: Plan = make_plan(folder, _given(doors, size, carrier_line, portal_line))
        self.lines.add("gateway-carrier", carrier_line, doors["SILA_SIMULATOR_PORT"])
        self.lines.add("carrier-portal", portal_line, doors["SILA_PORT"])
        assert self.plan.postgres
        assert self.plan.node
        assert self.plan.simulator
        self.postgres: Postgres = self.plan.postgres
        self.node: Node = self.plan.node
        self.simulator: Child = self.plan.simulator
        self.parts = {child.name: child for child in self.plan.parts}
        if broken:
            for part in self.plan.parts:
                part.command = [sys.executable, "-m", "tests.chaos.broken", broken, part.name]
        self._watch = Watch(timeline.note)
        self.restarts = 0

    @property
    def portal_url(self) -> str:
        """The portal's own door, past every line."""
        return self.plan.base_url

    @property
    def carrier_url(self) -> str:
        """The simulator's own door, past every line."""
        return f"http://127.0.0.1:{self.plan.doors.simulator}"

    def start(self) -> None:
        """Start everything and wait until every part consumes."""
        self.node.launch()
        self.plan.environment["SILA_AMQP_URL"] = self.node.url()
        self.postgres.start()
        self.plan.environment["SILA_DATABASE_URL"] = self.postgres.url
        self.errand("keys", "generate", self.plan.environment["SILA_KEYS"])
        self.errand("keys", "split", self.plan.environment["SILA_KEYS"], str(self.plan.split_keys))
        self.node.await_ready()
        self.errand("migrate", SILA_AMQP_URL=patient(self.node.url()))
        os.environ.update(self.plan.environment)
        self._watch.add(self.node.broker, self.node.launch, is_running=True)
        self._watch.add(self.node.epmd, self.node.launch_epmd, is_running=True)
        self._watch.add(self.postgres.child, self.postgres.launch, is_running=True)
        self.simulator.environment = self.plan.environment_of_simulator()
        self._watch.add(self.simulator)
        for part in self.parts.values():
            part.environment = {**self.plan.environment_of(Process(part.name)), **self._lines_of(part.name)}
            self._watch.add(part)
        self._await(lambda: readiness(self.portal_url) == READY, READY_LIMIT_S, "every part ready")

    def settings(self) -> Settings:
        """The settings of this system, with the servers themselves and no line between."""
        return settings()

    def tend(self, limit_s: float = 0.1) -> None:
        """Start again whatever has ended; wait no longer than the limit."""
        self._watch.look(limit_s)

    def stop(self) -> None:
        """End everything: the parts, then what they stand on."""
        for name in (*self.parts, CARRIER, BROKER, DATABASE):
            self.go_on(name)
        for name in self.lines.names():
            self.lines.thaw(name)
        stop_together(list(self.parts.values()))
        stop_together([self.simulator])
        stop_together([self.node.broker, self.postgres.child])
        stop_together([self.node.epmd])
        self.lines.stop()

    # What can be done to it

    def kill(self, name: str) -> None:
        """`kill -9`; the supervisor's watch starts it again."""
        match name:
            case "broker":
                self.node.kill()
            case "database":
                self.postgres.kill()
            case "carrier":
                self.simulator.kill()
            case _:
                self.parts[name].kill()

    def put_down(self, name: str) -> None:
        """`kill -9`, and nobody starts it again until `let_up`."""
        self._watched(name).due_at = math.inf
        self.kill(name)

    def let_up(self, name: str) -> None:
        """Start again what was put down."""
        self._watched(name).due_at = time.monotonic()

    def pid_of(self, name: str) -> int | None:
        """The process id of a part or server, as it was started last."""
        return self._child(name).pid

    def _watched(self, name: str) -> Watched:
        child = self._child(name)
        return next(watched for watched in self._watch.watched if watched.child is child)

    def _child(self, name: str) -> Child:
        servers = {BROKER: self.node.broker, DATABASE: self.postgres.child, CARRIER: self.simulator}
        return servers.get(name) or self.parts[name]

    def pause(self, name: str) -> None:
        """SIGSTOP."""
        self._signal(name, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """SIGCONT."""
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        child = self._child(name)
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(child.pid or 0)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    each.send_signal(number)

    # What the outside sees

    @contextmanager
    def database(self, part: Part) -> Generator[psycopg.Connection[Any]]:
        """A connection to a part's database, past every line."""
        url = self.settings().database_of(part).replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
            yield db

    def rows(self, part: Part, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a read."""
        with self.database(part) as db:
            return db.execute(query, parameters or None).fetchall()  # pyright: ignore[reportArgumentType]

    def queued(self) -> int:
        """Messages in the broker's queues, those in hand too."""
        listed = self.node.control("list_queues", "-p", "/", "messages").splitlines()
        return sum(int(line) for line in listed if line.strip().isdigit())

    def _await(self, condition: Callable[[], bool], limit_s: float, what: str) -> None:
        ends = time.monotonic() + limit_s
        while not condition():
            self.tend(0.3)
            if time.monotonic() > ends:
                raise TimeoutError(f"waited {limit_s:.0f} s for: {what}. The logs are in {self.folder / 'log'}.")

    def errand(self, *words: str, **variables: str) -> None:
        """Run `sila …` on this system, and wait for its end. Raises RuntimeError where it fails."""
        errand = self.plan.child(words[0], SILA, *words)
        errand.environment = self.plan.environment | variables
        errand.launch()
        while errand.is_running:
            time.sleep(0.1)
        if errand.exit_code:
            raise RuntimeError(f"`sila {' '.join(words)}` failed: {errand.last_lines(3)}")

    def _lines_of(self, part: str) -> dict[str, str]:
        """The part's own lines to the servers, opened now."""
        database, broker = free_ports(2)
        self.lines.add(f"{part}-database", database, self.postgres.port)
        self.lines.add(f"{part}-broker", broker, self.node.ports.amqp)
        return {
            "SILA_DATABASE_URL": self.postgres.url.replace(f":{self.postgres.port}", f":{database}"),
            "SILA_AMQP_URL": self.node.url_of(Process(part)).replace(f":{self.node.ports.amqp}", f":{broker}"),
        }


@contextmanager
def prepared(folder: Path, size: Size, timeline: Timeline, broken: str | None) -> Generator[Ground]:
    """A running system in a folder, stopped at the end."""
    with claimed(folder):
        ground = Ground(folder, size, timeline, broken)
        try:
            ground.start()
            yield ground
        finally:
            ground.stop()


def _given(doors: dict[str, int], size: Size, carrier_line: int, portal_line: int) -> dict[str, str]:
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("SILA_", "TWILIO_"))}
    return {
        **inherited,
        **{name: str(port) for name, port in doors.items()},
        "SILA_BASE_URL": f"http://127.0.0.1:{portal_line}",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{carrier_line}",
        "SILA_CONTACT_ROUND_S": "86400",
        "SILA_CARRIER_SEGMENTS_PER_S": f"{2.6 * size.texts / size.campaign_s:.1f}",
        "SILA_CARRIER_TIMEOUT_S": "3",
        "SILA_HEARTBEAT_S": "5",
        "SILA_RETRY_DELAYS_S": "[1, 3, 10, 30]",
        "SILA_QUIET_HOURS": "false",
    }
