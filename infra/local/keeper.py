"""Keeps a database server and a broker for as long as its owner lives: `python -m infra.local.keeper DIRECTORY PID`.

For test runs whose processes come and go: whoever needs the servers first starts a keeper, all share them, and
they end when the owner (the process that controls the run) has ended, however it did. An owner that was killed
cannot clear its folder: then the keeper does.
"""

import json
import shutil
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from infra.local.children import lives
from infra.local.ports import free_ports
from infra.local.postgres import Postgres
from infra.local.problems import StartError
from infra.local.rabbitmq import Node, Ports

VHOSTS = ("/", "master", *(f"gw{worker}" for worker in range(16)))
# A test run's rows need not outlive the machine; its servers and their processes are the real ones.
_HURRIED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Servers:
    """What a keeper keeps, or why it could not."""

    directory: str
    postgres_port: int = 0
    amqp_port: int = 0
    distribution_port: int = 0
    epmd_port: int = 0
    problem: str = ""

    @property
    def postgres(self) -> Postgres:
        """The database server, for its URL; the keeper alone starts and stops it."""
        return Postgres(Path(self.directory) / "postgres", self.postgres_port, _HURRIED)

    @property
    def node(self) -> Node:
        """The broker, for its URLs and virtual hosts; the keeper alone starts and stops it."""
        ports = Ports(self.amqp_port, self.distribution_port, self.epmd_port)
        return Node(Path(self.directory) / "rabbitmq", ports, VHOSTS)


def read_servers(directory: Path) -> Servers | None:
    """What the keeper of this directory has to say; None before it has."""
    with suppress(FileNotFoundError):
        return Servers(**json.loads((directory / "servers.json").read_text()))
    return None


def keep(directory: Path, owner: int) -> None:
    """Start both servers, say so in `servers.json`, and stop them at SIGTERM or when `owner` has ended."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    postgres_port, amqp, distribution, epmd = free_ports(4)
    servers = Servers(str(directory), postgres_port, amqp, distribution, epmd)
    postgres, node = servers.postgres, servers.node
    try:
        node.launch()
        postgres.start()
        node.await_ready()
        _tell(servers)
        while not told.wait(0.5) and _is_alive(owner):
            pass
    except StartError as problem:
        _tell(Servers(str(directory), problem=str(problem)))
    finally:
        node.stop()
        postgres.stop()
        if not told.is_set():
            shutil.rmtree(directory, ignore_errors=True)


def _tell(servers: Servers) -> None:
    file = Path(servers.directory) / "servers.json"
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(servers)))
    draft.replace(file)


def _is_alive(pid: int) -> bool:
    try:
        return lives(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
