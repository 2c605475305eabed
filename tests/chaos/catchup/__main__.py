"""`make chaos CATCHUP=1000000`: a consumer that was down for a day catches up, the broker killed in between, with
bounded memory and families' pages answering throughout (docs/chaos.md)."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

from tests.chaos.asked import Asked
from tests.chaos.catchup.backlog import in_outbox, result, taken, write_backlog
from tests.chaos.catchup.watching import Memory, Reader
from tests.chaos.families import seed
from tests.chaos.ground import BROKER, Ground, prepared
from tests.chaos.size import Size
from tests.chaos.timeline import Timeline

DAY = 1_000_000
FAMILIES = 20
PYTHON_MB, BROKER_MB = 300, 500
PAGE_P99_MS = 1000
SLOWEST_EVENTS_S = 150
"""Events a second below which a run is given up: nothing here may wait for ever."""


def main(words: list[str]) -> int:
    """Do a run. Returns the exit code: 0 where everything was held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.catchup", description=__doc__)
    parser.add_argument("--events", type=int, default=DAY, help=f"how many the consumer missed ({DAY:,})")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder, with its logs")
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Told to stop (SIGTERM): everything is stopped."))
    timeline, folder = Timeline(), Path(tempfile.mkdtemp(prefix="sila-catchup-"))
    try:
        with prepared(folder, Size(2000), timeline, None) as ground:
            figures = CatchUp(ground, timeline, options.events).run()
    finally:
        timeline.note(f"the run's folder is kept: {folder}") if options.keep else rmtree(folder, ignore_errors=True)
    wrong = objections(figures)
    print("\n".join(["", *wrong]))
    print(json.dumps(figures))
    return 1 if wrong else 0


class CatchUp:
    """One run: the backlog, the broker's death, the way back."""

    def __init__(self, ground: Ground, timeline: Timeline, events: int) -> None:
        self._ground, self._timeline, self._events = ground, timeline, events
        self._limit_s = 120 + events / SLOWEST_EVENTS_S
        self._memory = Memory()
        self._told = time.monotonic()

    def run(self) -> dict[str, object]:
        """Returns the run's figures."""
        ground, note = self._ground, self._timeline.note
        asked = Asked(token="CatchUp")
        seed(ground, asked, FAMILIES)
        reader = Reader(ground, asked.families[0])
        ground.put_down("projector")
        note(f"the projector is down; {self._events:,} events are told meanwhile")
        relayed_s = self._timed(self._tell)
        note(f"all are with the broker, after {relayed_s:.0f} s; the broker is killed")
        ground.kill(BROKER)
        ground.let_up("projector")
        note("the projector is started again; nobody does anything else")
        caught_up_s = self._timed(lambda: self._until(lambda: taken(ground) >= self._events, "taken", taken))
        reader.stop()
        note("caught up")
        return {
            "events": self._events,
            "relayed_s": round(relayed_s),
            "caught_up_s": round(caught_up_s),
            "events_per_s": round(self._events / caught_up_s),
            "python_mb": self._memory.of_python,
            "broker_mb": self._memory.of_broker,
            "pages": reader.figures(),
            **result(ground, self._events),
        }

    def _tell(self) -> None:
        write_backlog(self._ground, self._events)
        self._until(lambda: in_outbox(self._ground) == 0, "in the outbox", in_outbox)

    def _timed(self, work: Callable[[], None]) -> float:
        started = time.monotonic()
        work()
        return time.monotonic() - started

    def _until(self, condition: Callable[[], bool], what: str, count: Callable[[Ground], int]) -> None:
        """Wait for a condition and watch meanwhile. Raises TimeoutError."""
        ends = time.monotonic() + self._limit_s
        while not condition():
            self._memory.look(self._ground)
            self._ground.tend(1)
            if time.monotonic() - self._told > 10:
                self._told = time.monotonic()
                self._timeline.note(f"{what}: {count(self._ground):,}; memory {self._memory.peaks}")
            if time.monotonic() > ends:
                raise TimeoutError(f"{what}: {count(self._ground):,} after {self._limit_s:.0f} s")


def objections(figures: dict[str, object]) -> list[str]:
    """What is not as it must be."""
    python: dict[str, float] = figures["python_mb"]  # pyright: ignore[reportAssignmentType]
    pages: dict[str, float] = figures["pages"]  # pyright: ignore[reportAssignmentType]
    wrong = [f"{name} held {held} MB, more than {PYTHON_MB}" for name, held in python.items() if held > PYTHON_MB]
    if int(str(figures["broker_mb"])) > BROKER_MB:
        wrong.append(f"the broker held {figures['broker_mb']} MB, more than {BROKER_MB}")
    wrong += [f"{figures[name]} events {name}" for name in ("lost", "duplicated", "parked") if figures[name]]
    if pages["failed"]:
        wrong.append(f"{pages['failed']} of {pages['asked']} looks at a family's page failed")
    if pages["p99_ms"] > PAGE_P99_MS:
        wrong.append(f"one page in a hundred took more than {PAGE_P99_MS} ms: {pages['p99_ms']}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
