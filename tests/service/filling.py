"""Fills every table of a database with plausible rows, by what the database itself says of its columns."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ONE_OF = re.compile(r"\(\"?(\w+)\"?\)?(?:::text)? = ANY \(+ARRAY\[(.+?)\]")
VALUES = {
    ("report", "linkage"): {"names": ["علي حسين"], "sex": "male"},
    ("report", "shared_with"): ["ihchr"],
}
"""What a column holds where its type alone says too little."""
LISTS = {
    "errors",
    "shared_with",
    "contact_by",
    "agreed_to",
    "needs",
    "would_help",
    "timeline",
    "explanation",
    "partners",
}
"""JSON columns that hold lists."""


def fill(engine: sa.Engine) -> dict[str, int]:
    """Put rows into every table that is empty: one for each value that a CHECK names. Returns how many, by table."""
    filled: dict[str, int] = {}
    with engine.connect() as db:
        metadata = sa.MetaData()
        metadata.reflect(db)
        filler = _Filler(db)
        for table in metadata.sorted_tables:
            if table.name != "alembic_version" and not _size(db, table):
                filled[table.name] = filler.fill(table)
        db.commit()
    return filled


def _size(db: sa.Connection, table: sa.Table) -> int:
    return db.scalar(sa.select(sa.func.count()).select_from(table)) or 0


Form = tuple[set[str], bool]
"""The columns of a row that are left out, and what its yes-or-no columns say."""


class _Filler:
    def __init__(self, db: sa.Connection) -> None:
        self._db, self._numbers = db, count(1)

    def fill(self, table: sa.Table) -> int:
        """Write a row for each choice, in the first form that the table's CHECKS take. Returns how many there are."""
        written = 0
        for chosen in self._choices(table):
            written += any(self._is_taken(table, chosen, form, written) for form in _forms(table))
        return written

    def _is_taken(self, table: sa.Table, chosen: dict[str, str], form: Form, written: int) -> bool:
        try:
            with self._db.begin_nested():
                self._db.execute(table.insert().values(self._row(table, chosen, form, written)))
                self._db.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        except IntegrityError:
            return False
        return True

    def _choices(self, table: sa.Table) -> Iterator[dict[str, str]]:
        checks = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
        found: dict[str, list[str]] = {}
        for (definition,) in self._db.exec_driver_sql(checks, (table.name,)):
            for column, values in ONE_OF.findall(definition):
                found[column] = found.get(column, []) + re.findall(r"'([^']*)'", values)
        found = {column: list(dict.fromkeys(values)) for column, values in found.items()}
        first = {column: values[0] for column, values in found.items()}
        yield first
        yield first
        for column, values in found.items():
            yield from ({**first, column: value} for value in values[1:])

    def _row(self, table: sa.Table, chosen: dict[str, str], form: Form, written: int) -> dict[str, Any]:
        left_out, yes_or_no = form
        row: dict[str, Any] = {}
        for column in table.columns:
            if column.computed is None and column.identity is None and column.name not in left_out:
                is_flag = isinstance(column.type, sa.Boolean)
                own = yes_or_no if is_flag else self._value(table, column, written)
                row[column.name] = chosen.get(column.name, own)
        return row

    def _value(self, table: sa.Table, column: sa.Column[Any], written: int) -> Any:
        if column.foreign_keys:
            return self._other(table, column, written)
        number = next(self._numbers)
        known = VALUES.get((table.name, column.name))
        match column.type:
            case postgresql.ARRAY():
                return []
            case postgresql.JSONB() | postgresql.JSON():
                return known if known is not None else [] if column.name in LISTS else {}
            case sa.Uuid():
                return UUID(int=number)
            case sa.DateTime():
                return AT + timedelta(minutes=number)
            case sa.Date():
                return date(2014, 8, 1)
            case sa.LargeBinary():
                return str(number).encode()
            case sa.Float() | sa.Numeric():
                return 0.5
            case sa.Integer():
                return number if column.primary_key else 1
            case _:
                return f"{number:012d}" if column.name == "reference" else f"{column.name} {number}"

    def _other(self, table: sa.Table, column: sa.Column[Any], written: int) -> Any:
        """A value of the column that is referred to: another one for each row, and for each such column of a row."""
        (target,) = {key.column for key in column.foreign_keys}
        before = [c for c in table.columns if c.references(target)].index(column)
        place = (written + before) % max(1, _size(self._db, target.table))
        return self._db.scalar(sa.select(target).order_by(target).offset(place).limit(1))


def _forms(table: sa.Table) -> Iterator[Form]:
    """Which columns to leave out (none, all that may be, each alone, all but each), and what flags say."""
    may_be = {column.name for column in table.columns if column.nullable}
    alone = [{name} for name in sorted(may_be)]
    left_out = [set[str](), may_be, *alone, *(may_be - each for each in alone)]
    yield from ((names, flag) for flag in (False, True) for names in left_out)
