"""`sila backup`: every part's database as of one moment, by `pg_dump`, with a manifest that names a damaged file.

Personal values in it are sealed as in the databases; names are not. Keys are never in it. Files are for their owner
alone (mode 600); whoever takes them elsewhere encrypts them with a tool of the operator's own.
"""

import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from infra.keeping import programs, tables
from infra.keeping.cut import Cut, consistent_cut
from infra.keeping.databases import connect_server
from infra.keeping.manifest import KeptDatabase, KeptTable, Manifest, key_proofs, sha256_of
from infra.keeping.progress import Steps
from shared.parts import Part
from shared.settings import Settings

DRAIN_S = 60.0


class FolderInUse(Exception):
    """The folder has something in it; a backup is written into one of its own."""


def back_up(settings: Settings, folder: Path, steps: Steps, *, drain_s: float = DRAIN_S) -> Manifest:
    """Write a backup of every part into a new folder. What is sent waits for up to `drain_s`, readers never.

    Raises FolderInUse, NoCut, ProgramFailed.
    """
    _make_folder(folder)
    step = steps.step("backup", len(Part))
    with connect_server(settings) as server:
        server_version = _server_version(server)
    dump = programs.find("pg_dump", int(server_version.partition(".")[0]))
    with consistent_cut(settings, step, drain_s) as cut:
        made_at, databases = datetime.now(UTC), dict[Part, KeptDatabase]()
        for part in Part:
            step.say(part)
            databases[part] = _keep(settings, part, cut, dump, folder)
            step.advance(1)
    manifest = Manifest(
        made_at=made_at,
        version=version("sila"),
        server_version=server_version,
        in_broker=cut.in_broker,
        key_proofs=key_proofs(),
        databases=databases,
    )
    manifest.write(folder)
    _sync(folder)
    step.say("")
    return manifest


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderInUse(f"{folder} is not empty")
    folder.chmod(0o700)


def _keep(settings: Settings, part: Part, cut: Cut, dump: Path, folder: Path) -> KeptDatabase:
    file = folder / f"{part}.dump"
    file.touch(mode=0o600)
    arguments = ["--format=custom", f"--snapshot={cut.snapshots[part]}", "--no-owner", "--no-privileges"]
    programs.run(dump, [*arguments, "--file", str(file)], settings.database_of(part))
    kept = tables.contents(cut.databases[part])
    return KeptDatabase(
        file=file.name,
        size_bytes=file.stat().st_size,
        sha256=sha256_of(file, lambda _: None),
        revision=_revision(cut.databases[part], kept),
        tables=kept,
    )


def _revision(db: psycopg.Connection[Any], kept: dict[str, KeptTable]) -> str:
    row = db.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in kept else None
    return row[0] if row else ""


def _server_version(server: psycopg.Connection[Any]) -> str:
    row = server.execute("SHOW server_version").fetchone()
    assert row is not None
    return str(row[0])


def _sync(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        if path != folder:
            path.chmod(0o600)
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
