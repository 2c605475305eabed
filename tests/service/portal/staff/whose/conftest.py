"""A portal that counts no tries, and what the owner has behind it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from portal.app import create_app
from shared.parts import Part
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families
from tests.service.portal.staff.people import open_institutions
from tests.service.portal.staff.short_reads import ShortReads
from tests.service.portal.staff.whose.console import Console

Database = Callable[[Part], sa.Engine]


@pytest.fixture
def client(config: Settings, reads: ShortReads) -> Iterator[TestClient]:
    """A portal that counts no tries: an officer who tries every door would soon be stopped."""
    open_institutions(config)
    portal: Any = create_app(config.model_copy(update={"limits": "raised"}))
    portal._app.state.staff_reads = reads
    with TestClient(portal, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def console(
    client: TestClient, config: Settings, part_database: Database, families: Families, courier: Courier
) -> Console:
    return Console(client, config, part_database, families, courier)
