"""A process with green threads that asks a database several things at once, and prints what it saw, as JSON."""

from infra.green import become_green, look_without_the_hub

become_green()

import json  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import eventlet  # noqa: E402
import psycopg  # noqa: E402
from urllib3.connection import HTTPConnection  # noqa: E402

SLEEPERS = 8
LARGE = "x" * 3_000_000


def sleep(url: str) -> int:
    with psycopg.connect(url) as db:
        db.execute("SELECT pg_sleep(0.4)")
        return db.info.backend_pid


def echo(url: str) -> bool:
    """More in both directions than a socket holds, in one pipeline."""
    with psycopg.connect(url) as db, db.pipeline():
        answers = [db.execute("SELECT %s::text", (LARGE,)) for _ in range(4)]
        return all(a.fetchone() == (LARGE,) for a in answers)


def be_cut(url: str) -> str:
    with psycopg.connect(url) as db, psycopg.connect(url, autocommit=True) as other:
        eventlet.spawn_after(0.2, other.execute, "SELECT pg_terminate_backend(%s)", (db.info.backend_pid,))
        try:
            db.execute("SELECT pg_sleep(20)")
        except psycopg.OperationalError as error:
            return type(error).__name__
    return "nothing"


def look_at_lines() -> dict[str, list[bool]]:
    """A standing line, and one that was cut: whether each is whole, and whether others had to run first."""
    whole: list[bool] = []
    ran: list[bool] = []
    for is_cut in (False, True):
        connection = HTTPConnection("carrier.example")
        connection.sock, theirs = socket.socketpair()
        if is_cut:
            theirs.close()
        eventlet.spawn_n(ran.append, True)
        whole.append(connection.is_connected)
    return {"whole": whole, "ran": list(ran)}


def main(url: str) -> dict[str, object]:
    look_without_the_hub()
    lines = look_at_lines()
    begun = time.monotonic()
    pids = list(eventlet.GreenPool().imap(sleep, [url] * SLEEPERS))
    seconds = time.monotonic() - begun
    return {
        "sleepers": len(set(pids)),
        "seconds": seconds,
        "echoed": echo(url),
        "cut": be_cut(url),
        "lines": lines,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
