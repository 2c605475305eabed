"""How a projection takes an event's state over: the newest version wins, whatever order they come in."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import Session

from portal.tables import PortalTable


def keep_newest(
    db: Session, table: type[PortalTable], rows: Sequence[Mapping[str, Any]], **also: sa.TextClause
) -> None:
    """Write rows, all with the same columns, each unless a newer version of it is there. One round trip, however many.

    `also` are columns that the database fills at each change.
    """
    statement = _statement(str(table.__tablename__), tuple(rows[0]), tuple(also.items()))
    db.connection().execute(statement, [dict(row) for row in rows])


@cache
def _statement(table: str, columns: tuple[str, ...], also: tuple[tuple[str, sa.TextClause], ...]) -> Insert:
    written = PortalTable.metadata.tables[table]
    statement = insert(written).values({c: sa.bindparam(c, type_=written.c[c].type) for c in columns} | dict(also))
    key = [c.name for c in written.primary_key]
    changed = {c: statement.excluded[c] for c in columns if c not in key}
    return statement.on_conflict_do_update(
        index_elements=key, set_=changed | dict(also), where=written.c.version < statement.excluded.version
    )
