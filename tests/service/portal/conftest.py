from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.testclient import TestClient

from portal.app import create_app
from shared.database import open_session
from shared.parts import Part
from shared.settings import Settings, settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families

PartDatabase = Callable[[Part], sa.Engine]


@pytest.fixture
def part_database(emptied_database: PartDatabase) -> PartDatabase:
    """This worker's databases, emptied after each test: new ones would take longer than the test."""
    return emptied_database


@pytest.fixture
def engine(part_database: PartDatabase) -> sa.Engine:
    """The portal's database, with nothing in it but what the test puts there."""
    return part_database(Part.PORTAL)


@pytest.fixture
def db(engine: sa.Engine) -> Iterator[Session]:
    with open_session(engine) as db:
        yield db


@pytest.fixture
def config(engine: sa.Engine) -> Settings:
    """The settings of a portal on this test's database."""
    assert engine.url.database
    return settings().model_copy(update={"database_prefix": engine.url.database.removesuffix("portal")})


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """A browser at the door of a running portal."""
    with TestClient(create_app(config), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def courier(part_database: PartDatabase, families: Families) -> Iterator[Courier]:
    """The other parts, reached."""
    courier = families.courier = Courier(part_database)
    courier.start()
    yield courier
    courier.stop()
    assert courier.failed == []


@pytest.fixture
def families(engine: sa.Engine) -> Families:
    """Families whose files are in the projection."""
    return Families(engine)
