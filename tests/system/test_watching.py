"""What operators watch, and what nobody may find in it. Goes last: everything else has happened by then."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.demo.audience import families as demo_families
from infra.demo.cases import CASES
from shared.parts import Process
from shared.references import show_reference
from tests.system.whole import FAMILIES, System

FAMILIES_OF_FIGURES = (
    "sila_build_info", "sila_http_requests_total", "sila_http_request_seconds", "sila_messages_handled_total",
    "sila_message_batch_seconds", "sila_message_age_seconds", "sila_outbox_rows", "sila_outbox_oldest_age_seconds",
    "sila_parked_messages", "sila_message_retries_total", "sila_texts_total", "sila_carrier_request_seconds",
    "sila_carrier_errors_total", "sila_notice_recipients", "sila_bookings_total", "sila_places_free",
    "sila_samples", "sila_link_candidates", "sila_link_decisions_total", "sila_log_ins_total",
)  # fmt: skip
WITHOUT_CAUSE = {
    "sila_outbox_rows", "sila_outbox_oldest_age_seconds", "sila_parked_messages", "sila_carrier_errors_total",
}  # fmt: skip
"""Zero while all is well, and absent where a label has never come up."""
SAMPLE = re.compile(r"^(sila_\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})? ([-+0-9.eE]+|NaN|\+Inf)$", re.MULTILINE)


@pytest.fixture(scope="module")
def metrics(system: System) -> dict[Process, str]:
    """Every process's figures."""
    return {process: system.metrics(process) for process in Process}


@pytest.mark.parametrize("process", Process)
def test_promtool_finds_nothing_wrong_with_the_figures(metrics: dict[Process, str], process: Process) -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not installed; `python -m infra.local install --browser` brings it"
    done = subprocess.run([promtool, "check", "metrics"], input=metrics[process], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_family_of_figures_is_there_with_real_values(metrics: dict[Process, str]) -> None:
    largest: dict[str, float] = {}
    for text in metrics.values():
        for name, value in SAMPLE.findall(text):
            largest[name] = max(largest.get(name, 0), float(value))

    missing = [name for name in FAMILIES_OF_FIGURES if name not in largest and name not in WITHOUT_CAUSE]
    assert missing == []
    assert [n for n in FAMILIES_OF_FIGURES if not largest.get(n) and n not in WITHOUT_CAUSE] == []


def secrets(system: System) -> Iterator[str]:
    """Every name, phone and reference of the demo, in each form in which it could be written."""
    for case in (*CASES, *demo_families(FAMILIES)):
        yield from (case.name, case.phone, case.phone.removeprefix("+964"), *([case.mother] if case.mother else []))
    for case in system.demo["cases"]:
        yield from (case["reference"], show_reference(case["reference"]))


def test_no_log_and_no_figure_holds_a_name_a_phone_or_a_reference(system: System, metrics: dict[Process, str]) -> None:
    kept = {**system.logs(), **{f"metrics of {process}": text for process, text in metrics.items()}}
    kept["run.log"] = (system.folder / "run.log").read_text()
    kept["postgres.log"] = (system.folder / "postgres" / "postgres.log").read_text(errors="replace")

    assert [(place, len(s)) for place, text in kept.items() for s in secrets(system) if s in text] == []


def test_the_brokers_disk_holds_no_name_and_no_phone(system: System) -> None:
    """References are not looked for here: commands are keyed by them, and the broker's disk is the record's own."""
    of_people = [s.encode() for s in secrets(system) if not s.replace(" ", "").isdigit() or len(s) == 10]
    files = [file for file in Path(system.node.directory / "mnesia").rglob("*") if file.is_file()]
    assert files
    found = [(file.name, len(s)) for file in files for data in [file.read_bytes()] for s in of_people if s in data]
    assert found == []
