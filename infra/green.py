"""Green threads: the standard library made cooperative, and psycopg's waiting for the database with it.

Beside the runner the one module that knows eventlet.
"""

import os
import sys
from collections.abc import Callable, Generator
from typing import Any

READ, WRITE = 1, 2
"""The values of psycopg's `Wait` and `Ready`."""

Waiting = Callable[..., Any]
"""As `psycopg.waiting.wait`: of a generator, a file number, an interval and a time-out."""


def become_green() -> None:
    """Make this process's threads green. To be called before a thread, a lock or a connection is made."""
    import eventlet

    eventlet.monkey_patch()
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"  # psycopg's own wait would block every green thread
    from psycopg import waiting

    waiting.wait = waiting_in_the_hub(waiting.wait_selector)


def look_without_the_hub() -> None:
    """Let urllib3, where it is imported, see by the kernel's own poll whether a standing connection was cut.

    It never waits in that look, but eventlet has only a `select` for it that goes through the hub: a twentieth of
    what a text costs the gateway.
    """
    from eventlet import patcher

    if (waiting := sys.modules.get("urllib3.util.wait")) is not None:
        vars(waiting)["select"] = patcher.original("select")


def waiting_in_the_hub(by_selector: Waiting) -> Waiting:
    """A `psycopg.waiting.wait` that looks first, and where it must wait goes straight to eventlet's hub.

    A selector under eventlet is a `select` with closures and timers, built anew for every statement.
    """
    from eventlet import patcher
    from eventlet.green import select
    from eventlet.hubs import trampoline

    poll, blocking = Poll(patcher.original("select")), (READ | WRITE)

    def wait(gen: Generator[int, int, Any], fileno: int, interval: float = 0.0, timeout: float | None = None) -> Any:
        if timeout is not None:
            return by_selector(gen, fileno, interval, timeout)
        try:
            wanted = next(gen)
            while True:
                while not (ready := poll(fileno, wanted)):
                    if wanted == blocking:  # a full pipe to a server that first wants to be read
                        select.select([fileno], [fileno], [])
                    else:
                        trampoline(fileno, read=wanted == READ, write=wanted == WRITE)
                wanted = gen.send(ready)
        except StopIteration as ended:
            return ended.value

    return wait


class Poll:
    """Whether a socket is ready, as it is now."""

    def __init__(self, select: Any) -> None:
        from psycopg import OperationalError  # only now: what it imports has become green

        self._shut = OperationalError
        self._poll = select.poll
        self._in, self._out = select.POLLIN, select.POLLOUT

    def __call__(self, fileno: int, wanted: int) -> int:
        """What it is ready for of what is wanted; 0 for nothing. Raises psycopg.OperationalError where it is shut."""
        look = self._poll()
        look.register(fileno, (wanted & READ and self._in) | (wanted & WRITE and self._out))
        found = look.poll(0)
        if not found:
            return 0
        events = found[0][1]
        ready = (READ if events & self._in else 0) | (WRITE if events & self._out else 0)
        if not ready:
            raise self._shut("connection socket closed")
        return ready
