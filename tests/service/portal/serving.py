"""The portal as it is served: its own process, real sockets."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.ports import free_ports
from shared.settings import Settings
from tests.ports import metrics_row
from tests.waiting import eventually


@dataclass(frozen=True)
class Served:
    """A portal's process and where it listens."""

    port: int
    metrics_port: int
    output: Path

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection from an address of this machine."""
        return socket.create_connection(("127.0.0.1", self.port), 10, (source, 0))

    def closed(self, reason: str) -> float:
        """How many connections were closed for a reason, by the portal's own count."""
        wanted = f'sila_connections_closed_total{{reason="{reason}"}} '
        lines = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics").text.splitlines()
        return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


@contextmanager
def served(config: Settings, environment: dict[str, str], folder: Path, **settings: str) -> Iterator[Served]:
    """A portal on a test's database, until the test ends."""
    (port,) = free_ports(1)
    row = metrics_row()
    given = {**os.environ, **environment, **row, "SILA_DATABASE_PREFIX": config.database_prefix, "SILA_PORT": str(port)}
    served = Served(port, int(row["SILA_METRICS_PORT"]), folder / "portal.log")
    with served.output.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "infra.runner", "portal"],
            env={**given, "SILA_BASE_URL": served.url, **settings},
            stdout=output,
            stderr=output,
        )
    try:
        eventually(lambda: _answers(process, served), 60, "the portal")
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(process: subprocess.Popen[bytes], served: Served) -> bool:
    assert process.poll() is None, served.output.read_text()
    try:
        return httpx.get(f"{served.url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
