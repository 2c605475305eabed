from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.database import open_session
from shared.parts import Part
from tests.service.matching.builders import Calendar


@pytest.fixture
def engine(part_database: Callable[[Part], sa.Engine]) -> sa.Engine:
    return part_database(Part.MATCHING)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def db(engine: sa.Engine, calendar: Calendar) -> Iterator[Session]:
    """A transaction that leaves nothing behind, by a calendar that the test turns."""
    with open_session(engine, clock=calendar) as db:
        yield db
        db.rollback()
