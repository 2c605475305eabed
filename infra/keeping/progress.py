"""How far something long has come: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 10.0


class Step(Protocol):
    """A step under way."""

    def advance(self, count: int) -> None:
        """So much more is done."""
        ...

    def say(self, what: str) -> None:
        """What it does or waits for just now."""
        ...


class Steps(Protocol):
    """Where steps are shown."""

    def step(self, name: str, total: int) -> Step:
        """Begin a step of so many pieces, shown until the next begins."""
        ...


class Quiet:
    """Shows nothing: for those who ask from a program."""

    def step(self, name: str, total: int) -> "Quiet":
        """Begin."""
        return self

    def advance(self, count: int) -> None:
        """So much more is done."""

    def say(self, what: str) -> None:
        """What it does just now."""


class _Bar:
    def __init__(self, bars: Progress, task: TaskID, name: str) -> None:
        self._bars, self._task, self._name = bars, task, name

    def advance(self, count: int) -> None:
        self._bars.update(self._task, advance=count)

    def say(self, what: str) -> None:
        self._bars.update(self._task, description=f"{self._name} ({what})" if what else self._name)


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def step(self, name: str, total: int) -> Step:
        return _Bar(self._bars, self._bars.add_task(name, total=total), name)


class _Line:
    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._done, self._said_at = name, total, 0, time.monotonic()

    def advance(self, count: int) -> None:
        before, self._done = self._done, self._done + count
        if before < self._total <= self._done or time.monotonic() - self._said_at >= LINE_EVERY_S:
            self._said_at = time.monotonic()
            print(f"{self._name}: {self._done} of {self._total}", flush=True)

    def say(self, what: str) -> None:
        if what:
            print(f"{self._name}: {what}", flush=True)


class _Lines:
    def step(self, name: str, total: int) -> Step:
        return _Line(name, total)


@contextmanager
def shown() -> Generator[Steps]:
    """Steps as this terminal can show them."""
    if not sys.stdout.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console()) as bars:
        yield _Bars(bars)
