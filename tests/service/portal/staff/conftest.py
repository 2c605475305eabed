from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from portal.accounts import Role
from portal.app import create_app
from portal.projections.service import ProjectorService
from services.appointments.service import AppointmentsService
from services.matching.service import MatchingService
from services.outreach.service import OutreachService
from services.reports.service import ReportsService
from shared.parts import Part
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families
from tests.service.portal.staff.people import Person, an_account, open_institutions
from tests.service.portal.staff.short_reads import ShortReads

SERVICES = (ProjectorService, ReportsService, MatchingService, AppointmentsService, OutreachService)
PARTS = (Part.PORTAL, Part.REPORTS, Part.MATCHING, Part.APPOINTMENTS, Part.OUTREACH)

Somebody = Callable[..., Person]


@pytest.fixture
def reads(part_database: Callable[[Part], sa.Engine]) -> ShortReads:
    """What the services answer to staff."""
    return ShortReads(part_database)


@pytest.fixture
def client(config: Settings, reads: ShortReads) -> Iterator[TestClient]:
    """A running portal with its institutions."""
    open_institutions(config)
    portal: Any = create_app(config)
    portal._app.state.staff_reads = reads
    with TestClient(portal, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def a_visitor(client: TestClient, config: Settings) -> Somebody:
    """`a_visitor(Role.INTAKE)`: somebody with an account, who has not logged in."""

    def make(*roles: Role, institution: str = "mgd") -> Person:
        return Person(client, an_account(config, *roles, institution=institution))

    return make


@pytest.fixture
def somebody(a_visitor: Somebody) -> Somebody:
    """`somebody(Role.INTAKE)`: somebody who has logged in."""
    return lambda *roles, **more: a_visitor(*roles, **more).log_in()


@pytest.fixture
def courier(part_database: Callable[[Part], sa.Engine], families: Families) -> Iterator[Courier]:
    """Every part that the console asks, reached."""
    courier = families.courier = Courier(part_database, SERVICES, PARTS)
    courier.start()
    yield courier
    courier.stop()
    assert courier.failed == []
