import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.service.portal.api.institutions import Institutions


@pytest.fixture
def institutions(client: TestClient, engine: sa.Engine) -> Institutions:
    """Institutions with keys at the door of a running portal."""
    return Institutions(client, engine)
