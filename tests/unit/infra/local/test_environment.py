from pathlib import Path

import pytest

from infra.local.environment import Carrier, Doors, defaults, has_real_carrier
from infra.local.problems import StartError
from shared.parts import Process


def test_the_usual_ports_serve_when_nothing_is_set():
    assert Doors.from_environment({}) == Doors(portal=8000, simulator=8010, metrics=9460)


@pytest.mark.parametrize("value", ["0", "70000", "eighty", "-1", "80 "])
def test_a_wrong_port_is_named(value: str):
    with pytest.raises(StartError, match="SILA_PORT is"):
        Doors.from_environment({"SILA_PORT": value})


def test_every_process_has_a_metrics_port_that_must_be_free():
    needed = Doors(8000, 8010, 9460).needed(simulator=True)

    assert {port for port, variable in needed.items() if variable == "SILA_METRICS_PORT"} == {
        9460 + process.metrics_port_offset for process in Process
    }


def test_without_a_simulator_its_port_may_be_taken():
    assert 8010 not in Doors(8000, 8010, 9460).needed(simulator=False)


def test_the_simulated_account_is_made_once(tmp_path: Path):
    account = Carrier.kept_in(tmp_path / "carrier.json")

    assert Carrier.kept_in(tmp_path / "carrier.json") == account
    assert (tmp_path / "carrier.json").stat().st_mode & 0o077 == 0


def test_the_simulated_account_points_the_official_client_at_the_simulator(tmp_path: Path):
    variables = Carrier.kept_in(tmp_path / "carrier.json").variables(8010)

    assert variables["TWILIO_API_BASE_URL"] == "http://127.0.0.1:8010"
    assert len(variables["TWILIO_ACCOUNT_SID"]) == 34


def test_given_credentials_mean_a_real_carrier():
    assert has_real_carrier({"TWILIO_ACCOUNT_SID": "AC1"})
    assert not has_real_carrier({"TWILIO_ACCOUNT_SID": ""})


def test_the_base_address_follows_the_port(tmp_path: Path):
    assert defaults(Doors(8123, 8010, 9460), tmp_path)["SILA_BASE_URL"] == "http://127.0.0.1:8123"
