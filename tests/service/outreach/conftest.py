from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from shared.database import open_session
from shared.parts import Part
from tests.service.outreach.builders import NOON


@pytest.fixture
def engine(emptied_database: Callable[[Part], sa.Engine]) -> sa.Engine:
    return emptied_database(Part.OUTREACH)


@pytest.fixture
def db(engine: sa.Engine) -> Iterator[Session]:
    """A transaction at noon that leaves nothing behind."""
    with open_session(engine, clock=lambda: NOON) as db:
        yield db
        db.rollback()
