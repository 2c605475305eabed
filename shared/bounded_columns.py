"""The CHECKs that keep days and moments in the databases within `shared.bounds`.

An upgrade adds each without looking at the rows that are there, so that none of them can break it:
from then on no row can be written or changed that violates it. Then the rows are looked at. While
one violates a CHECK, the CHECK stays *not validated*, which `sila migrate` logs and
`sila_columns_out_of_bounds` counts, until somebody has corrected the row and migrated again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from shared.bounds import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT
from shared.logs import log

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

MOMENTS: Final = f"BETWEEN '{FIRST_MOMENT:%F %T}+00' AND '{LAST_MOMENT:%F %T.%f}+00'"
DAYS: Final = f"BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'"
ENDING: Final = "_bounded"
NOT_VALIDATED = sa.text(r"""
SELECT c.conrelid::regclass::text AS table, c.conname AS name, pg_get_expr(c.conbin, c.conrelid) AS holds
FROM pg_constraint c
WHERE c.contype = 'c' AND NOT c.convalidated AND c.conname LIKE '%\_bounded'
    AND c.connamespace = current_schema()::regnamespace
ORDER BY 1, 2
""")


def moments(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    """The CHECKs of a table's columns that hold moments from outside."""
    return tuple(sa.CheckConstraint(f"{each} {MOMENTS}", name=each + ENDING) for each in columns)


def days(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    """The CHECKs of a table's columns that hold days from outside."""
    return tuple(sa.CheckConstraint(f"{each} {DAYS}", name=each + ENDING) for each in columns)


def add_checks(table: str, *columns: str, holds: str = MOMENTS) -> None:
    """In a migration: add the CHECKs, without looking at the rows that are there."""
    from alembic import op

    for each in columns:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {each}{ENDING} CHECK ({each} {holds}) NOT VALID")


def drop_checks(table: str, *columns: str) -> None:
    """In a migration: take them back."""
    from alembic import op

    for each in columns:
        op.drop_constraint(each + ENDING, table, type_="check")


def validate_checks(connection: Connection) -> list[str]:
    """Validate every CHECK of these that is not, each by itself.

    Returns those that rows violate, as `table.column`, and logs how many rows: no value of theirs.
    """
    violated: list[str] = []
    for check in connection.execute(NOT_VALIDATED).mappings().all():
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"ALTER TABLE {check['table']} VALIDATE CONSTRAINT {check['name']}")
        except IntegrityError:
            column = check["name"].removesuffix(ENDING)
            # The names and the condition are the database's own.
            counted = f"SELECT count(*) FROM {check['table']} WHERE NOT ({check['holds']})"  # noqa: S608
            rows = connection.exec_driver_sql(counted).scalar_one()
            log.warning("rows_out_of_bounds", table=check["table"], column=column, rows=rows)
            violated.append(f"{check['table']}.{column}")
    return violated
