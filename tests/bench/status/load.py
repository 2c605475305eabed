"""Many families before one worker: wrk, which costs a tenth of what it asks of the server."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("sessions.lua")
CONNECTIONS = 32
SECONDS = 8
WARMING_S = 2


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load."""

    rate: float
    """Pages a second."""
    p99_ms: float


def wrk() -> str:
    """The load tool. Raises SystemExit with how to get it."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit(
            "P1 needs the load tool wrk: `.venv/bin/python -m infra.local install --load` installs it, or"
            " `apt-get install wrk`, or `brew install wrk`."
        )
    return found


def load(url: str, tokens: Path) -> Load:
    """Open families' pages at an address over 32 kept connections. Raises AssertionError where one is refused."""
    _run(url, tokens, WARMING_S)
    return _run(url, tokens, SECONDS)


def _run(url: str, tokens: Path, seconds: int) -> Load:
    options = [
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
        url,
        "--",
        str(tokens),
    ]
    done = subprocess.run([wrk(), *options], capture_output=True, text=True, timeout=60)
    found = re.search(r"SILA (\d+) (\d+) (\d+) (\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    count, took_us, p99_us, wrong = map(int, found.groups())
    assert wrong == 0, f"{wrong} of {count} requests failed at {url}"
    return Load(count / took_us * 1e6, p99_us / 1000)
