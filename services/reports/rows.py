"""Rows of many reports, gathered and written together: one statement and one round trip for all of them."""

import json
from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session

from services.reports.tables import ReportsTable

_Row = dict[str, Any]
_known_columns: dict[str, tuple[str, ...]] = {}


class Rows:
    """Rows to be written. Each table's rows give the same columns; those not given take the database's defaults."""

    def __init__(self) -> None:
        self._new: dict[str, list[_Row]] = {}
        self._replacing: dict[str, list[_Row]] = {}

    def add(self, table: type[ReportsTable], **values: Any) -> None:
        """Gather a row."""
        self._new.setdefault(_name(table), []).append(values)

    def take(self, row: ReportsTable) -> None:
        """Gather the row that an object stands for, as it is now; its number is left to the database."""
        values = {column: getattr(row, column) for column in _columns(type(row))}
        self._new.setdefault(_name(type(row)), []).append({k: v for k, v in values.items() if k != "id" or v})

    def replace(self, table: type[ReportsTable], **values: Any) -> None:
        """Gather a row that takes the place of the one with its id."""
        self._replacing.setdefault(_name(table), []).append(values)

    def write(self, db: Session) -> None:
        """Write all that was gathered, once. References between tables are checked at commit."""
        steps = [_inserting(table, list(rows[0])) for table, rows in self._new.items()]
        steps += [_inserting(table, list(row[0])) + _over(row[0]) for table, row in self._replacing.items()]
        if not steps:
            return
        written = ", ".join(f"written_{number} AS ({step})" for number, step in enumerate(steps))
        values = tuple(map(as_json, (*self._new.values(), *self._replacing.values())))
        db.connection().exec_driver_sql(f"WITH {written} SELECT 1", values)
        self._new.clear()
        self._replacing.clear()


def as_json(rows: Sequence[_Row]) -> str:
    """Rows as the database's `json_populate_recordset` reads them."""
    return json.dumps(rows, default=_word)


def _word(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _name(table: type[ReportsTable]) -> str:
    return cast("sa.Table", sa.inspect(table).local_table).name


def _columns(table: type[ReportsTable]) -> tuple[str, ...]:
    name = _name(table)
    if name not in _known_columns:
        _known_columns[name] = tuple(column.name for column in sa.inspect(table).columns)
    return _known_columns[name]


def _inserting(table: str, columns: list[str]) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = f'json_populate_recordset(NULL::"{table}", %s::json)'
    return f'INSERT INTO "{table}" ({listed}) SELECT {listed} FROM {rows}'  # noqa: S608 - names of our own tables


def _over(row: _Row) -> str:
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in row if column != "id")
    return f" ON CONFLICT (id) DO UPDATE SET {changed}"
