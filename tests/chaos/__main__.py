"""`make chaos SEED= SIZE=`: a campaign while everything breaks, reconciled from the outside (docs/chaos.md)."""

import argparse
import json
import random
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.chaos.asked import Asked
from tests.chaos.broken import KINDS, MUST_SHOW
from tests.chaos.doors import Doors
from tests.chaos.draining import drain
from tests.chaos.families import seed as seed_families
from tests.chaos.faults import Faults, make_plan
from tests.chaos.findings import Findings
from tests.chaos.ground import Ground, prepared
from tests.chaos.projections import compare_projections
from tests.chaos.records import reconcile_records
from tests.chaos.report import fault_table, write_report
from tests.chaos.size import FULL, Size
from tests.chaos.texts import read_journal, reconcile_texts
from tests.chaos.timeline import Timeline
from tests.chaos.work import Work

REPORT = Path("build/chaos/report.txt")
MEMORY = Path("/dev/shm")
BYTES_A_TEXT, SPARE_BYTES = 40_000, 4 * 1024**3
"""What a campaign keeps in the end is half of this, most of it PostgreSQL's; the processes want the rest."""


def main(words: list[str]) -> int:
    """Do a run. Returns the exit code: 0 where nothing was lost and nothing done twice."""
    options = _options(words)
    signal.signal(signal.SIGTERM, _stop)
    size, timeline, asked = Size(options.size), Timeline(), Asked(token=f"Chaos{secrets.token_hex(4)}")
    heading = f"Chaos: seed {options.seed}, {size.texts} texts" + (
        f", broken build: {options.broken}" if options.broken else ""
    )
    timeline.note(heading)
    folder = Path(tempfile.mkdtemp(prefix="sila-chaos-", dir=_place(size)))
    try:
        with prepared(folder, size, timeline, options.broken) as ground:
            timeline.note("every part is ready")
            faults, left = run(ground, size, options.seed, asked, timeline)
            found = reconcile(ground, asked, timeline)
    finally:
        if options.keep:
            timeline.note(f"the run's folder is kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    objections = found.objections(size.unsettled_allowed)
    objections += [f"it did not come to rest: {_listed(left)}"] if left else []
    if options.broken:
        timeline.note(f"what this break must show is in: {MUST_SHOW[options.broken]}")
    report = write_report(
        heading=heading, asked=asked, made=faults.made, timeline=timeline, found=found, objections=objections
    )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(report)
    _say_end(faults, found, objections)
    return 1 if objections else 0


def run(ground: Ground, size: Size, seed: int, asked: Asked, timeline: Timeline) -> tuple[Faults, dict[str, int]]:
    """Seed, prepare, break everything while the work goes on, and let it come to rest. Returns what was left to do."""
    api_key = seed_families(ground, asked, size.texts)
    timeline.note(f"{size.texts} families are known to every part")
    doors = Doors(ground, asked, api_key)
    work = Work(ground, doors, size, seed)
    work.prepare()
    plan = make_plan(size, random.Random(seed), ground.lines.names())
    faults = Faults(plan, ground, doors, timeline)
    work.begin()
    timeline.note(f"the notice has started; {len(plan)} faults over {size.campaign_s:.0f} s")
    faults.begin(size.campaign_s)
    _await(ground, faults, lambda: work.is_over)
    work.end()
    faults.end()
    _await(ground, faults, lambda: True)
    timeline.note("nothing is broken any more; all comes to rest")
    left = drain(ground, work, timeline, size.drain_s)
    timeline.note(f"NOT at rest: {_listed(left)}" if left else "at rest")
    return faults, left


def _await(ground: Ground, faults: Faults, is_over: Callable[[], bool]) -> None:
    while not (is_over() and faults.are_over):
        ground.tend()
        faults.look()


def _listed(left: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in left.items())


def reconcile(ground: Ground, asked: Asked, timeline: Timeline) -> Findings:
    """Compare what was asked for with what the carrier, the databases and the projections have."""
    found = Findings()
    journal = read_journal(ground.folder / "simulator" / "carrier.jsonl", asked.token)
    reconcile_texts(found, ground, asked, journal)
    reconcile_records(found, ground, asked, journal)
    compare_projections(found, ground)
    timeline.note("reconciled")
    return found


def _stop(*_: object) -> None:
    sys.exit("Told to stop (SIGTERM): everything is stopped, and nothing is reconciled.")


def _place(size: Size) -> Path | None:
    """In memory while it fits there: after each kill PostgreSQL syncs every file it has, which is the disk's time."""
    needed = size.texts * BYTES_A_TEXT
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > needed
    return MEMORY if has_room and psutil.virtual_memory().available > needed + SPARE_BYTES else None


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="what breaks when (printed; drawn by lot if not given)")
    parser.add_argument("--size", type=int, default=FULL, help=f"texts in the campaign ({FULL})")
    parser.add_argument("--break", dest="broken", choices=KINDS, help="run a deliberately broken build")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder, with its logs and databases")
    options = parser.parse_args(words)
    if options.seed is None:
        options.seed = secrets.randbelow(1_000_000)
    return options


def _say_end(faults: Faults, found: Findings, objections: list[str]) -> None:
    print("\n".join(["", *found.notes, "", *fault_table(faults.made), "", f"report: {REPORT}", *objections]))
    print(json.dumps(found.figures()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
