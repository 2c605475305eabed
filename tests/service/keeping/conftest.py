from collections.abc import Callable

import pytest
import sqlalchemy as sa

from shared.parts import Part
from tests.service.keeping.ground import System


@pytest.fixture
def system(part_database: Callable[[Part], sa.Engine]) -> System:
    """Six empty databases."""
    return System(part_database)
