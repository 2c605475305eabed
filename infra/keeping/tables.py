"""What is in a database, table by table: how many rows, and one digest of them all."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from infra.keeping.manifest import KeptTable

# A table's rows have no order: the sum of their hashes is the same whatever order they lie in.
_CONTENT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t"
_NAMES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
OF_ITSELF = "alembic_version"
"""The table that a database without any content has a row in."""

Connection = psycopg.Connection[Any]


def table_names(db: Connection) -> list[str]:
    """Every table of a part's database."""
    return [name for (name,) in db.execute(_NAMES)]


def contents(db: Connection) -> dict[str, KeptTable]:
    """Every table's rows, counted and digested in the transaction that is open."""
    return {name: _content(db, name) for name in table_names(db)}


def is_empty(db: Connection) -> bool:
    """Whether there is nothing but a schema."""
    return not any(_has_rows(db, name) for name in table_names(db) if name != OF_ITSELF)


def _content(db: Connection, table: str) -> KeptTable:
    row = db.execute(SQL(_CONTENT).format(Identifier(table))).fetchone()
    assert row is not None
    return KeptTable(rows=row[0], digest=row[1])


def _has_rows(db: Connection, table: str) -> bool:
    row = db.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(Identifier(table))).fetchone()
    return bool(row and row[0])
