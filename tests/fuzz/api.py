"""The API by schemathesis, against its own OpenAPI document: no 5xx, no schema that lies, no call without a key."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

CHECKS = ("all", "valid_data_is_taken", "nothing_is_limited")
OURS_INSTEAD = "positive_data_acceptance"
"""Answers every 422 to valid data as a failure; `valid_data_is_taken` knows what no schema can say."""
SHARES, SHARES_OF_FIRST = 6, 20
"""Operations with much to vary share the cases, the others have few different calls; sequences of calls take most."""
LIMIT_S = 1800
ROOT = Path(__file__).parents[2]
MOST_ROUNDS = 20


@dataclass
class ApiFindings:
    """What came of it."""

    cases: int = 0
    failures: Counter[str] = field(default_factory=Counter[str])
    said: list[str] = field(default_factory=list[str])


def fuzz_api(url: str, key: str, cases: int, seed: int, folder: Path, *, phases: str) -> ApiFindings:
    """Make at least so many calls. The first round has every phase; the others generate further ones."""
    found, rounds = ApiFindings(), 0
    while found.cases < cases and rounds < MOST_ROUNDS:
        is_first = rounds == 0 and "stateful" in phases
        each = max(5, (cases - found.cases) // (SHARES_OF_FIRST if is_first else SHARES))
        _round(found, url, key, each, seed + rounds, folder, phases if rounds == 0 else "fuzzing")
        rounds += 1
        if found.failures:
            break
    return found


def _round(found: ApiFindings, url: str, key: str, each: int, seed: int, folder: Path, phases: str) -> None:
    report = folder / f"schemathesis-{seed}.json"
    report.unlink(missing_ok=True)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS), "--exclude-checks", OURS_INSTEAD,
        "--phases", phases, "--max-examples", str(each), "--seed", str(seed), "--workers", "2",
        "--continue-on-failure", "--generation-database", "none", "--request-timeout", "30",
        "--warnings", "off", "--no-color", "--report-json-path", str(report),
    ]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(ROOT)}
    # It keeps what it found in the folder that it runs in.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S)
    if not report.exists():
        found.failures["schemathesis did not run"] += 1
        found.said.append(done.stdout[-3000:] + done.stderr[-3000:])
        return
    told = json.loads(report.read_text())
    found.cases += told["test_cases"]["generated"]
    for failure in told["failures"]:
        for operation in failure["operations"]:
            found.failures[f"{operation}: {failure['title']}"] += 1
    if done.returncode and not told["failures"]:
        found.failures["schemathesis failed"] += 1
    if done.returncode:
        found.said.append(done.stdout)
