"""What a local run consists of: which servers and processes, with which ports and environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.children import Child
from infra.local.environment import Carrier, Doors, defaults, has_real_carrier
from infra.local.ports import remembered_ports
from infra.local.postgres import Postgres
from infra.local.rabbitmq import Node, Ports
from shared.parts import Process

SILA = Path(sys.executable).with_name("sila")
_SERVER_PORTS = ("postgres", "amqp", "distribution", "epmd")
# A nameko service finishes what it has in hand, for at most 18 s.
_PART_PATIENCE_S = 20


@dataclass
class Plan:
    """The servers and processes of a run; those that the person has elsewhere are None."""

    folder: Path
    doors: Doors
    environment: dict[str, str]
    postgres: Postgres | None
    node: Node | None
    simulator: Child | None
    parts: list[Child] = field(default_factory=list[Child])

    @property
    def base_url(self) -> str:
        """Where the portal answers on this machine."""
        return f"http://127.0.0.1:{self.doors.portal}"

    @property
    def split_keys(self) -> Path:
        """The folder of the processes' own key files."""
        return self.folder / "keys"

    def environment_of(self, process: Process) -> dict[str, str]:
        """A process's own variables: its keys, and (where the broker is this run's) its account there."""
        own = {"SILA_KEYS": str(self.split_keys / f"{process}.json")}
        broker = {"SILA_AMQP_URL": self.node.url_of(process)} if self.node else {}
        return self.environment | own | broker

    def environment_of_simulator(self) -> dict[str, str]:
        """What the carrier may know: nothing of keys, databases and the broker."""
        ours = ("SILA_KEYS", "SILA_DATABASE_URL", "SILA_AMQP_URL")
        return {name: value for name, value in self.environment.items() if name not in ours}

    def child(self, name: str, *command: str | Path, patience_s: float = 5) -> Child:
        """A process of this run, with its log and its pid file in the run's folder."""
        return Child(
            name,
            command,
            environment=self.environment,
            log=self.folder / "log" / f"{name}.log",
            pid_file=self.folder / "run" / f"{name}.pid",
            patience_s=patience_s,
        )


def make_plan(folder: Path, given: Mapping[str, str] = os.environ) -> Plan:
    """Plan a run whose state is in `folder`, from the environment that the person has given. Raises StartError."""
    doors = Doors.from_environment(given)
    ports = remembered_ports(folder / "ports.json", _SERVER_PORTS)
    plan = Plan(
        folder=folder,
        doors=doors,
        environment=defaults(doors, folder) | _carrier(folder, doors, given) | dict(given),
        postgres=None if given.get("SILA_DATABASE_URL") else Postgres(folder / "postgres", ports["postgres"]),
        node=None if given.get("SILA_AMQP_URL") else _node(folder, ports),
        simulator=None,
    )
    if not has_real_carrier(given):
        plan.simulator = plan.child("simulator", *_simulator(folder, doors))
    plan.parts = [plan.child(part, *_part(part), patience_s=_PART_PATIENCE_S) for part in Process]
    return plan


def _node(folder: Path, ports: Mapping[str, int]) -> Node:
    return Node(folder / "rabbitmq", Ports(ports["amqp"], ports["distribution"], ports["epmd"]))


def _part(process: Process) -> list[str]:
    # What `sila serve` becomes; without the detour all parts together start two seconds sooner.
    return [sys.executable, "-m", "infra.runner", process]


def _carrier(folder: Path, doors: Doors, given: Mapping[str, str]) -> dict[str, str]:
    return {} if has_real_carrier(given) else Carrier.kept_in(folder / "carrier.json").variables(doors.simulator)


def _simulator(folder: Path, doors: Doors) -> list[str]:
    options = {"port": doors.simulator, "directory": folder / "simulator", "demo": folder / "demo.json"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "infra.simulator", *words]
