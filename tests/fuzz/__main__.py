"""`make fuzz`: a whole system is started, and its API and webhooks get thousands of generated requests.

Ends with one line of JSON; the exit code is 1 where anything was wrong.
"""

import argparse
import json
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.accounts import add_api_key
from portal.api.table import OPERATIONS
from shared.parts import Part, Process
from tests.fuzz.api import fuzz_api
from tests.fuzz.webhooks import Carrier, fuzz_webhooks
from tests.system.whole import System, running_system
from tests.waiting import eventually

CASES = 10_000
WEBHOOKS = 5
"""One request to the webhooks for so many calls of the API."""
SCOPES = sorted({operation.scope for operation in OPERATIONS if operation.scope})
ALL_PHASES = "examples,coverage,fuzzing,stateful"
IN_SHORT = "fuzzing"
REST_S = 300
FAILED = "SELECT count(*) FROM failed_message"


def main(words: list[str]) -> int:
    """Run it. Returns the exit code."""
    options = _options(words)
    folder = Path(tempfile.mkdtemp(prefix="sila-fuzz-"))
    folder.chmod(0o700)
    print(f"seed {options.seed}; starting the system …", flush=True)
    try:
        with running_system(folder) as system:
            phones = [case["phone"] for case in system.demo["cases"]]
            figures = fuzz(system, options.cases, options.seed, phases=ALL_PHASES, phones=phones)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1


def fuzz(
    system: System, cases: int, chance: int, *, phases: str = IN_SHORT, phones: Sequence[str] = ()
) -> dict[str, Any]:
    """Fuzz the API and the webhooks of a system; what came in must then be carried out by every part.

    `phones` are some that the record knows; they will be stopped, booked for and switched to other languages.
    """
    with system.database(Part.PORTAL) as db:
        key = add_api_key(db, system.demo["api_keys"][0]["institution"], SCOPES)
    before = _failures(system)
    api = fuzz_api(system.url, key, cases, chance, system.folder, phases=phases)
    print("\n".join(api.said), flush=True)

    token = json.loads((system.folder / "carrier.json").read_text())["auth_token"]
    carrier = Carrier(system.url, token)
    fuzz_webhooks(carrier, phones, cases // WEBHOOKS, chance)

    eventually(system.at_rest, REST_S, "everything that was taken to be carried out")
    failures = api.failures + carrier.failures + (_failures(system) - before)
    return {
        "id": "fuzz", "seed": chance, "api_cases": api.cases, "webhook_cases": carrier.cases,
        "failures": dict(failures), "holds": not failures and api.cases >= cases,
    }  # fmt: skip


def _failures(system: System) -> Counter[str]:
    """Messages that a part could not handle, and requests that the portal failed to answer."""
    found = Counter({f"messages that {part} could not handle": system.count(part, FAILED) for part in Part})
    for line in system.metrics(Process.PORTAL).splitlines():
        if line.startswith("sila_http_requests_total") and 'status="5' in line:
            found["requests answered by 5xx"] += int(float(line.rpartition(" ")[2]))
    return found


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"calls of the API, at least ({CASES})")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="drawn by lot if not given")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
