"""What the person at the terminal reads while a run starts: a line a step, with how long it took."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Steps:
    """Writes the lines. `say` shows a piece of text at once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._open = ""

    @contextmanager
    def step(self, what: str) -> Generator[None, None, None]:
        """A step, from its beginning to its end or its failure."""
        self._say(f"  {what} … ")
        self._open = what
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self._close("\n")
            raise
        self._close(f"{time.monotonic() - started:.1f} s\n")

    def note(self, line: str) -> None:
        """A line about something that happens meanwhile."""
        self._say(f"\n    {line}\n  {self._open} … " if self._open else f"  {line}\n")

    def _close(self, end: str) -> None:
        self._say(end)
        self._open = ""
