"""`python -m tests.system.running FOLDER`: what `make run` does, in a folder of its own, until it is asked to stop."""

import sys
from pathlib import Path

from infra.local.__main__ import Stopped, run
from infra.local.problems import StartError


def main(folder: str) -> int:
    """Run everything. Returns the exit code."""
    try:
        return run(Path(folder))
    except StartError as problem:
        print(f"Sila cannot start: {problem}", file=sys.stderr)
        return 1
    except Stopped:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
