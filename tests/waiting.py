"""Waiting for what the parts make of something, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

Found = TypeVar("Found")


SPAN = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s"


def let_transactions_end(engine: sa.Engine) -> None:
    """Wait for every transaction of the server that has begun, other tests' too, as a change feed does."""

    def span() -> tuple[int, int]:
        with engine.connect() as connection:
            return tuple(connection.exec_driver_sql(SPAN).one())  # pyright: ignore[reportReturnType]

    _, newest = span()
    eventually(lambda: span()[0] >= newest, 60, what="the server's transactions")


def eventually(look: Callable[[], Found], limit_s: float = 60, what: str = "", pause_s: float = 0.05) -> Found:
    """What `look` finds once it finds something. Fails after the limit, with what was seen last."""
    ends = time.monotonic() + limit_s
    while not (found := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {limit_s:.0f} s for {what or 'it'}; seen last: {found!r}")
        time.sleep(pause_s)
    return found
