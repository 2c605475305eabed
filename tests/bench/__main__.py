"""`python -m tests.bench [--only P4,P6]`: measures, prints a JSON line for each figure, and writes `build/bench/`."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.ground import Ground, prepared
from tests.bench.page import page

SCENARIOS = {
    "P1": ("status_page",),
    "P2": ("campaign_at_once", "campaign_waiting", "audience"),
    "P3": ("booking", "booking_door"),
    "P4": ("outbox_latency", "outbox_drain", "outbox_writers"),
    "P6": ("handler",),
    "P7": ("idle",),
    "P9": ("callbacks",),
    "equal": ("equal_answers",),
}
FOLDER = Path("build/bench")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default=",".join(SCENARIOS), help="scenarios, such as P4,P6 or P4/outbox_drain")
    chosen = [name for wanted in parser.parse_args().only.split(",") for name in _modules(wanted)]
    figures: list[Figure] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # told to stop, it takes its servers with it
    with prepared() as ground:
        for name in chosen:
            measure: Callable[[Ground], list[Figure]] = import_module(f"tests.bench.{name}").measure
            for figure in measure(ground):
                figures.append(figure)
                print(figure, flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [{**f.as_line(), "title": f.title, "repeats": f.repeats, "note": f.note} for f in figures]
    (FOLDER / "results.json").write_text(json.dumps(lines, indent=1))
    (FOLDER / "index.html").write_text(page(figures))


def _modules(wanted: str) -> tuple[str, ...]:
    scenario, _, subject = wanted.strip().partition("/")
    if scenario not in SCENARIOS:
        sys.exit(f"There is no scenario {scenario}; there are {', '.join(SCENARIOS)}.")
    return (subject,) if subject in SCENARIOS[scenario] else SCENARIOS[scenario]


if __name__ == "__main__":
    main()
