"""`python -m infra.local`: run everything; with `install [--browser | --load | --voice]`: only what it needs."""

import fcntl
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from infra.local import install
from infra.local.children import stop_leftovers
from infra.local.plan import make_plan
from infra.local.ports import require_free
from infra.local.problems import StartError
from infra.local.supervisor import Supervisor
from infra.local.tour import read_demo, tour

FOLDER = Path(".local")
_USAGE = "usage: python -m infra.local [install [--browser | --load | --voice]]"


class Stopped(BaseException):
    """The person (Ctrl-C) or the system (SIGTERM) wants this to end."""


def main(words: list[str]) -> int:
    """Do what the words ask for. Returns the exit code."""
    try:
        match words:
            case []:
                return run(FOLDER.absolute())
            case ["install"]:
                install.install([install.BROKER])
            case ["install", "--voice"]:
                install.install([install.SPEAKER])
            case ["install", "--browser"]:
                install.install([install.BROKER, install.BROWSER, install.JAVA, install.PROMTOOL, install.PROXY])
            case ["install", "--load"]:
                install.install([install.BROKER, install.LOAD_TOOL])
            case _:
                print(_USAGE, file=sys.stderr)
                return 2
    except StartError as problem:
        print(f"\nSila cannot start: {problem}", file=sys.stderr)
        return 1
    except Stopped:
        return 0
    return 0


def run(folder: Path) -> int:
    """Everything behind `make run`, until the person stops it. Raises StartError."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with claimed(folder):
        if not os.environ.get("SILA_AMQP_URL"):
            install.install([install.BROKER])
        for own in ("run", "postgres", "rabbitmq"):
            stop_leftovers(folder / own)
        plan = make_plan(folder)
        require_free(plan.doors.needed(simulator=plan.simulator is not None))
        say("Sila starts on this machine; its state is in .local/, its logs in .local/log/.\n")
        supervisor = Supervisor(plan, say)
        try:
            supervisor.start()
            say(tour(read_demo(folder / "demo.json"), plan))
            supervisor.keep()
        finally:
            _end(supervisor)
    return 0


@contextmanager
def claimed(folder: Path) -> Generator[None, None, None]:
    """The run's folder, writable and this run's alone. Raises StartError."""
    try:
        for each in (folder, folder / "log", folder / "run"):
            each.mkdir(mode=0o700, exist_ok=True)
        lock = (folder / "run" / "lock").open("a")
    except OSError as error:
        raise StartError(f"Cannot write to {folder} ({error.strerror}), where Sila keeps its state.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"Sila already runs from {folder}. Stop that run first (Ctrl-C).") from None
        yield


def say(text: str) -> None:
    """Show a piece of text at once, if anybody is still there to read it."""
    with suppress(OSError):
        print(text, end="", flush=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _end(supervisor: Supervisor) -> None:
    # A second Ctrl-C must not leave half of it running; stopping has a limit of its own.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("\nStopping …")
    supervisor.stop()
    say(" stopped.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
