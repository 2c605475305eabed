"""A migrated system beside the probe's: databases of Sila's own parts, for the processes that run in earnest."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.request import urlopen

from shared.parts import Part
from shared.schema import migrate
from tests.bench.ground import Ground, await_that
from tests.ports import free_doors

TOKEN = "5" * 32
"""The carrier's secret of this run; nothing leaves the machine."""


def environment(ground: Ground) -> dict[str, str]:
    """Variables of a system whose databases are at their heads; each call's ports are others."""
    own = ground.settings.model_copy(update={"database_prefix": "earnest_"})
    for part in Part:
        migrate(own, part)
    doors = free_doors()
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        # An installed system has its modules compiled; the first start of a run compiles them here.
        "PYTHONPYCACHEPREFIX": str(ground.folder / "bytecode"),
        "SILA_DATABASE_PREFIX": "earnest_",
        **{name: str(port) for name, port in doors.items()},
        "SILA_BASE_URL": f"http://127.0.0.1:{doors['SILA_PORT']}",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
        "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
    }


@contextmanager
def portal(variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The portal, answering."""
    with started(("infra.runner", "portal"), variables) as process:
        await_that(lambda: answers(f"{variables['SILA_BASE_URL']}/healthz"))
        yield process


@contextmanager
def started(module: tuple[str, ...], variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module as a process of its own, killed at the end of the block with those that it started."""
    command = [sys.executable, "-m", *module]
    process = subprocess.Popen(command, env=dict(variables), stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(url: str) -> bool:
    """Whether an HTTP server answers there with success."""
    with suppress(OSError), urlopen(url, timeout=5) as answer:
        return answer.status == 200
    return False
