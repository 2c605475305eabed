"""`make chaos ALERTS=1`: each alert fires in a live system when its fault is made, and clears after (see
docs/alerts.md)."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from tests.chaos.alerts.faults import ALWAYS, Fault, waves
from tests.chaos.alerts.hands import Hands, wait_for
from tests.chaos.alerts.prometheus import RULES, Prometheus, alerts_in
from tests.chaos.ground import Ground, prepared
from tests.chaos.size import Size
from tests.chaos.timeline import Timeline

FACTOR = 20
FIRES_WITHIN_S, CLEARS_WITHIN_S = 240.0, 420.0
SIZE = Size(2000)
REPORT = Path("build/chaos/alerts.md")


@dataclass(slots=True)
class Result:
    """What became of one alert."""

    alert: str
    what: str
    fired_s: float | None = None
    cleared_s: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether it fired and cleared; the dead man's alert only fires."""
        return self.fired_s is not None and (self.cleared_s is not None or self.alert == ALWAYS)


def main(words: list[str]) -> int:
    """Do a run. Returns the exit code: 0 where every alert fired and cleared."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.alerts", description=__doc__)
    parser.add_argument("--only", default="", help="alerts with commas between; waves without any of them are left out")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder, with its logs")
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Told to stop (SIGTERM): everything is stopped."))
    timeline, only = Timeline(), {name for name in options.only.split(",") if name}
    folder = Path(tempfile.mkdtemp(prefix="sila-alerts-"))
    try:
        with prepared(folder, SIZE, timeline, None) as ground:
            results = watch(ground, timeline, only)
    finally:
        timeline.note(f"the run's folder is kept: {folder}") if options.keep else rmtree(folder, ignore_errors=True)
    return say(results, only)


def watch(ground: Ground, timeline: Timeline, only: set[str]) -> list[Result]:
    """Make every fault under the eyes of Prometheus."""
    prometheus = Prometheus(ground.plan, FACTOR)
    prometheus.start()
    try:
        timeline.note(f"Prometheus watches; all waits and windows of the rules are divided by {FACTOR}")
        hands = Hands(ground)
        begun = time.monotonic()
        wait_for(lambda: prometheus.firing() == {ALWAYS}, lambda: ground.tend(0.5), 60)
        results = [Result(ALWAYS, "nothing: it fires for as long as alerting works", time.monotonic() - begun)]
        for wave in waves(hands):
            if not only or any(only & set(fault.alerts) for fault in wave):
                results += ride(wave, ground, prometheus, timeline)
        return results
    finally:
        prometheus.child.stop()


def ride(wave: Sequence[Fault], ground: Ground, prometheus: Prometheus, timeline: Timeline) -> list[Result]:
    """Make a wave's faults, wait until their alerts fire, undo them, and wait until all is silent."""
    results = [Result(alert, fault.what) for fault in wave for alert in fault.alerts]
    begun = time.monotonic()
    for fault in wave:
        timeline.note(f"made: {fault.what}")
        fault.make()

    def keep() -> None:
        for fault in wave:
            if any(r.fired_s is None for r in results if r.alert in fault.alerts):
                fault.keep()
        ground.tend(0.5)

    wait_for(lambda: note_fired(results, prometheus.firing(), begun, timeline), keep, FIRES_WITHIN_S)
    begun = time.monotonic()
    for fault in wave:
        timeline.note(f"undone: {fault.what}")
        fault.undo()

    def is_silent() -> bool:
        return note_cleared(results, prometheus.firing(), begun, timeline)

    wait_for(is_silent, lambda: ground.tend(0.5), CLEARS_WITHIN_S)
    return results


def note_fired(results: Sequence[Result], names: set[str], begun: float, timeline: Timeline) -> bool:
    """Note the alerts that fire for the first time. Returns whether all of these results have fired."""
    for result in results:
        if result.fired_s is None and result.alert in names:
            result.fired_s = time.monotonic() - begun
            timeline.note(f"fires: {result.alert}")
    return all(r.fired_s is not None for r in results)


def note_cleared(results: Sequence[Result], names: set[str], begun: float, timeline: Timeline) -> bool:
    """Note the alerts that have fallen silent. Returns whether nothing but the dead man's alert is left."""
    for result in results:
        if result.fired_s is not None and result.cleared_s is None and result.alert not in names:
            result.cleared_s = time.monotonic() - begun
            timeline.note(f"cleared: {result.alert}")
    return names == {ALWAYS}


def say(results: Sequence[Result], only: set[str]) -> int:
    """Print the table, keep it, and say what did not happen."""
    rows = [f"| {r.alert} | {r.what} | {_seconds(r.fired_s)} | {_seconds(r.cleared_s)} |" for r in results]
    table = "\n".join(["| alert | fault | fires after | clears after |", "|---|---|---|---|", *rows])
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(table + "\n")
    print(f"\n{table}\n")
    seen = {r.alert for r in results}
    missing = [name for name in alerts_in(RULES.read_text()) if name not in seen and not only]
    wrong = [r.alert for r in results if not r.is_right]
    print(
        f"{len(results) - len(wrong)} of {len(results)} fired and cleared; wrong: {wrong}; without a fault: {missing}"
    )
    return 1 if wrong or missing else 0


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
