from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from shared.parts import Part
from shared.settings import settings
from tests.service.carrier_simulator import Simulator, running_simulator
from tests.service.gateway.builders import Gateway, carrier_settings


@pytest.fixture(scope="session")
def running_carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    with running_simulator(folder, "http://127.0.0.1:9", "--pace", "0", "--no-callbacks") as running:
        yield running


@pytest.fixture
def simulator(running_carrier: Simulator) -> Iterator[Simulator]:
    """A carrier without faults and with empty phones."""
    yield running_carrier
    running_carrier.put("/simulator/faults")
    running_carrier.put("/simulator/behaviour", pace=0, callbacks=False)


@pytest.fixture
def gateway(part_database: Callable[[Part], sa.Engine], simulator: Simulator) -> Gateway:
    engine = part_database(Part.GATEWAY)
    return Gateway(engine, simulator, carrier_settings(settings(), simulator))
