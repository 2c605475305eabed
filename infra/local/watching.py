"""Watches children: whatever ends is started again, after a moment that grows while it keeps ending."""

import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.children import Child

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
# One that has run this long had started well, so that its next end is a new story.
STEADY_AFTER_S = 20.0


def pause_after(previous_s: float, ran_s: float) -> float:
    """Seconds to wait before starting again what ended after running `ran_s`, having waited `previous_s` before."""
    if ran_s >= STEADY_AFTER_S or previous_s == 0:
        return FIRST_PAUSE_S
    return min(previous_s * 2, LONGEST_PAUSE_S)


@dataclass
class Watched:
    """A child under watch and how to start it again."""

    child: Child
    launch: Callable[[], None]
    launched_at: float = 0
    pause_s: float = 0
    due_at: float | None = None
    ends: int = 0

    def begin(self) -> None:
        """Start it."""
        self.launch()
        self.launched_at = time.monotonic()
        self.due_at = None

    def note_end(self, now: float) -> None:
        """Plan its next start."""
        self.ends += 1
        self.pause_s = pause_after(self.pause_s, now - self.launched_at)
        self.due_at = now + self.pause_s


class Watch:
    """Sleeps until a child has ended or a restart is due; never polls."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.watched: list[Watched] = []
        self._say = say
        self._awake, self._alarm = socket.socketpair()
        self._awake.setblocking(False)
        self._alarm.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._alarm.fileno(), warn_on_full_buffer=False)

    def add(self, child: Child, launch: Callable[[], None] | None = None, *, is_running: bool = False) -> None:
        """Watch a child, and start it unless it runs already."""
        watched = Watched(child, launch or (lambda: child.launch(fresh_log=False)), time.monotonic())
        self.watched.append(watched)
        if not is_running:
            child.launch()

    def look(self, limit_s: float | None = None) -> None:
        """Restart what is due; then sleep until something happens or `limit_s` has passed."""
        self._tend(time.monotonic())
        self._sleep(limit_s)
        self._tend(time.monotonic())

    def _tend(self, now: float) -> None:
        for watched in self.watched:
            if watched.due_at is None and not watched.child.is_running:
                watched.note_end(now)
                self._say(
                    f"{watched.child.name} ended ({how(watched.child.exit_code)});"
                    f" starting it again in {watched.pause_s:.1f} s"
                )
            if watched.due_at is not None and watched.due_at <= now:
                watched.begin()

    def _sleep(self, limit_s: float | None) -> None:
        due = [watched.due_at - time.monotonic() for watched in self.watched if watched.due_at is not None]
        limits = [limit for limit in (limit_s, *due) if limit is not None]
        ready, _, _ = select.select([self._awake], [], [], max(0, min(limits)) if limits else None)
        if ready:
            self._awake.recv(4096)


def how(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is None:
        return "unknown"
    return f"exit code {exit_code}" if exit_code >= 0 else signal.Signals(-exit_code).name
