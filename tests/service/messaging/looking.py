"""Looking into the probe's databases."""

from typing import Any

import sqlalchemy as sa


def scalar(engine: sa.Engine, statement: str) -> Any:
    """A statement's one value."""
    with engine.connect() as db:
        return db.exec_driver_sql(statement).scalar()


def rows(engine: sa.Engine, statement: str) -> list[tuple[Any, ...]]:
    """A statement's rows."""
    with engine.connect() as db:
        return [tuple(r) for r in db.exec_driver_sql(statement)]
