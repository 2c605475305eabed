"""Waiting for a condition with a limit, and looking into the probe's databases."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from tests import waiting


def eventually(condition: Callable[[], bool], limit_s: float = 60) -> bool:
    """True when the condition holds. Raises AssertionError when it does not within the limit."""
    return waiting.eventually(condition, limit_s)


def scalar(engine: sa.Engine, statement: str) -> Any:
    """A statement's one value."""
    with engine.connect() as db:
        return db.exec_driver_sql(statement).scalar()


def rows(engine: sa.Engine, statement: str) -> list[tuple[Any, ...]]:
    """A statement's rows."""
    with engine.connect() as db:
        return [tuple(r) for r in db.exec_driver_sql(statement)]
