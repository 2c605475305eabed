"""Schemas: each part's alembic history, applied by `sila migrate` alone; a part that is behind refuses to start.

Every part checks its schema at start, and alembic and SQLAlchemy would be much of what it imports for that: so only
what changes a schema imports them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.parts import Part
from shared.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
_REVISION = re.compile(r"""^(down_)?revision\b[^=\n]*= ["'](\w+)["']""", re.MULTILINE)


class SchemaBehind(Exception):
    """A part's database is not at the head of its history; `sila migrate` brings it there."""


def history_of(part: Part) -> Path:
    """The folder of a part's migrations."""
    return ROOT / ("portal" if part is Part.PORTAL else f"services/{part}") / "migrations"


def run_migrations(metadata: sa.MetaData) -> None:
    """What every part's `migrations/env.py` does, on the connection that `migrate` hands over."""
    from alembic import context

    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=is_other_type)
    with context.begin_transaction():
        context.run_migrations()


def is_other_type(_context: object, _inspected: object, _column: object, found: object, wanted: object) -> bool | None:
    """Whether a column is to become another type, for alembic; None leaves it to alembic.

    TEXT and VARCHAR are one to PostgreSQL.
    """
    import sqlalchemy as sa
    from sqlmodel.sql.sqltypes import AutoString

    return False if isinstance(found, sa.String) and isinstance(wanted, sa.String | AutoString) else None


def create_database(settings: Settings, part: Part) -> bool:
    """Make a part's database where it is missing. Returns whether it was."""
    import sqlalchemy as sa

    name = settings.database_prefix + part
    engine = sa.create_engine(f"{settings.database_url.rstrip('/')}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            found = connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
            if not found:
                quoted = engine.dialect.identifier_preparer.quote(name)
                connection.execute(sa.text(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'"))
            return not found
    finally:
        engine.dispose()


def migrate(settings: Settings, part: Part) -> None:
    """Bring a part's database to the head of its history, making it where it is missing.

    Then validate its CHECKs on days and moments; rows that violate one are logged, and break nothing.
    """
    from alembic import command

    from shared.bounded_columns import validate_checks

    create_database(settings, part)
    with _connected(settings, part) as (connection, config):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with _connected(settings, part) as (connection, _):
        validate_checks(connection)


def autogenerate(settings: Settings, part: Part, message: str) -> Path:
    """Write a part's next migration, from the difference between its tables and its database at the head of its
    history. Returns the file, which a person reads before it is kept.
    """
    from alembic import command

    migrate(settings, part)
    template = history_of(part) / "script.py.mako"  # where alembic looks for it; one serves all parts
    shutil.copy(ROOT / "shared" / "migration.py.mako", template)
    try:
        with _connected(settings, part) as (connection, config):
            config.attributes["connection"] = connection
            revision = f"{int(head_of(part)) + 1:04}"
            written = command.revision(config, message, autogenerate=True, rev_id=revision)
    finally:
        template.unlink()
    assert written is not None
    assert not isinstance(written, list)
    return Path(written.path)


def check_schema(settings: Settings, part: Part) -> None:
    """Raise SchemaBehind unless a part's database is at the head of its history."""
    import psycopg

    url = settings.database_of(part).replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        exists = found is not None and found[0]
        current = connection.execute("SELECT version_num FROM alembic_version").fetchone() if exists else None
    head = head_of(part)
    if current != (head,):
        at = current[0] if current else None
        raise SchemaBehind(f"the database of {part} is at {at}, this version needs {head}: run `sila migrate`")


def head_of(part: Part) -> str:
    """The newest revision of a part's history: the one that no other follows."""
    known: set[str] = set()
    followed: set[str] = set()
    for file in (history_of(part) / "versions").glob("*.py"):
        for follows, revision in _REVISION.findall(file.read_text()):
            (followed if follows else known).add(revision)
    (head,) = known - followed
    return head


@contextmanager
def _connected(settings: Settings, part: Part) -> Generator[tuple[sa.Connection, Any]]:
    import sqlalchemy as sa
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(history_of(part)))
    engine = sa.create_engine(settings.database_of(part), poolclass=sa.NullPool)
    with engine.begin() as connection:
        yield connection, config
