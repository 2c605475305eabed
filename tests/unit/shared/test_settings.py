"""Settings: what is missing or wrong is named by its variable, without its value."""

import pytest

from shared.parts import Part, Process
from shared.settings import SettingsError, read_settings

GIVEN = {"SILA_DATABASE_URL": "postgresql+psycopg://h", "SILA_AMQP_URL": "amqp://h"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    import os

    for name in os.environ:
        if name.startswith(("SILA_", "TWILIO_")):
            monkeypatch.delenv(name)
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_one_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read_settings()


def test_a_wrong_one_is_named_and_its_value_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SILA_PORT", "s3cret")
    with pytest.raises(SettingsError, match="SILA_PORT") as raised:
        read_settings()
    assert "s3cret" not in str(raised.value)


def test_twilio_is_read_by_its_own_names_and_its_token_does_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TWILIO_ACCOUNT_SID", "AC1")
    environment.setenv("TWILIO_AUTH_TOKEN", "t0ken")
    settings = read_settings()
    assert settings.twilio_account_sid == "AC1"
    assert "t0ken" not in repr(settings)


def test_production_has_no_simulated_carrier(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TWILIO_API_BASE_URL", "http://127.0.0.1:8010")
    assert read_settings().carrier_is_simulated
    environment.setenv("SILA_ENVIRONMENT", "production")
    assert not read_settings().carrier_is_simulated


def test_every_part_has_its_database_and_every_process_its_metrics_port(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert len({settings.database_of(p) for p in Part}) == len(Part)
    assert len({settings.metrics_port_of(p) for p in Process}) == len(Process)
