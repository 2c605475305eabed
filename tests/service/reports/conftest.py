from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.database import open_session
from shared.parts import Part
from tests.service.reports.builders import Clock


@pytest.fixture
def engine(emptied_database: Callable[[Part], sa.Engine]) -> sa.Engine:
    return emptied_database(Part.REPORTS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(engine: sa.Engine, clock: Clock) -> Iterator[Session]:
    """A transaction that starts at noon, checks what a commit would check, and leaves nothing behind."""
    with open_session(engine, clock=clock) as db:
        yield db
        db.flush()
        db.connection().exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        db.rollback()
