"""`sila restore`: a backup becomes the databases of a system that has none. Each is restored beside its place and held
against the manifest, and only when all are whole do they take their places."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier

from infra.keeping import holding, programs, tables
from infra.keeping.databases import connect, connect_server, conninfo, database_name
from infra.keeping.manifest import BackupDamaged, Manifest
from infra.keeping.progress import Step, Steps
from shared.parts import Part
from shared.settings import Settings

Connection = psycopg.Connection[Any]
# Not PostgreSQL's own workers, which look after a database that nobody uses too.
USED = """
SELECT DISTINCT datname FROM pg_stat_activity WHERE datname = ANY(%s) AND backend_type = 'client backend'
"""
HANGING_UP_S = 2.0
"""Who has just hung up, as our own look into a database does, is listed for a moment more."""


class NotEmpty(Exception):
    """There is something in the databases that a restore would write; the message names them."""


class InUse(Exception):
    """Parts run on the databases that a restore would write."""


def restore(settings: Settings, folder: Path, steps: Steps, *, resume: bool = False) -> Manifest:
    """Restore a backup into an empty system. Nothing is changed unless all of it is whole.

    What was about to be sent when the backup was made is held for a person, since it may have been sent in the time
    that is lost (`holding`); `resume` lets it go, where a system moves and no time is lost.
    Raises BackupDamaged, OtherKeys, NotEmpty, InUse, ProgramFailed.
    """
    manifest = Manifest.read(folder)
    _check_files(manifest, folder, steps)
    manifest.check_keys()
    with connect_server(settings) as server:
        _refuse_unless_empty(settings, server)
        step = steps.step("restored", len(Part))
        try:
            for part in Part:
                step.say(part)
                _restore_beside(settings, server, manifest, folder, part)
                step.advance(1)
            _put_in_place(settings, server, step)
        finally:
            for part in Part:
                _drop(server, _beside(settings, part))
    if not resume:
        holding.hold_what_may_have_left(settings)
    return manifest


def _check_files(manifest: Manifest, folder: Path, steps: Steps) -> None:
    step = steps.step("bytes checked", sum(kept.size_bytes for kept in manifest.databases.values()))
    for part in Part:
        manifest.check_file(folder, part, step.advance)


def _refuse_unless_empty(settings: Settings, server: Connection) -> None:
    names = {part: database_name(settings, part) for part in Part}
    there = {name for (name,) in server.execute("SELECT datname FROM pg_database")}
    existing = [part for part, name in names.items() if name in there]
    full = [part for part in existing if not _is_empty(settings, part)]
    if full:
        raise NotEmpty(f"not empty: {', '.join(full)}. A backup is restored into a system without content")
    latest = time.monotonic() + HANGING_UP_S
    while used := _in_use(server, names.values()):
        if time.monotonic() > latest:
            raise InUse(f"stop the parts first: {', '.join(used)} are in use")
        time.sleep(0.05)


def _in_use(server: Connection, names: Iterable[str]) -> list[str]:
    return [name for (name,) in server.execute(USED, (list(names),))]


def _is_empty(settings: Settings, part: Part) -> bool:
    with connect(settings, part) as db:
        return tables.is_empty(db)


def _restore_beside(settings: Settings, server: Connection, manifest: Manifest, folder: Path, part: Part) -> None:
    beside, kept = _beside(settings, part), manifest.databases[part]
    _drop(server, beside)
    server.execute(SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(Identifier(beside)))
    url = sa.make_url(settings.database_of(part)).set(database=beside).render_as_string(hide_password=False)
    program = programs.find("pg_restore", int(manifest.server_version.partition(".")[0]))
    arguments = ["--exit-on-error", "--no-owner", "--no-privileges", "--jobs=2", str(folder / kept.file)]
    programs.run(program, arguments, url)
    with psycopg.connect(conninfo(url), options="-c timezone=UTC -c extra_float_digits=1") as db:
        _compare(part, kept.tables.items(), tables.contents(db))
        db.execute("ANALYZE")


def _compare(part: Part, kept: Iterable[tuple[str, Any]], found: dict[str, Any]) -> None:
    other = [table for table, content in kept if found.get(table) != content]
    if other:
        raise BackupDamaged(f"{part}: {', '.join(other)} came back otherwise than they were")


def _put_in_place(settings: Settings, server: Connection, step: Step) -> None:
    step.say("put in place")
    try:
        for part in Part:
            name = database_name(settings, part)
            server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
            beside = Identifier(_beside(settings, part))
            server.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(beside, Identifier(name)))
    except psycopg.errors.ObjectInUse as error:
        raise InUse(
            "a part began to run while the backup was restored: stop all, drop the databases, restore"
        ) from error
    step.say("")


def _beside(settings: Settings, part: Part) -> str:
    return f"{database_name(settings, part)}_restoring"


def _drop(server: Connection, name: str) -> None:
    server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
