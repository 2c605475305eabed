"""By the command line, on a system whose parts run: a backup disturbs nobody, and what it holds comes back."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from infra.keeping.databases import connect_server
from infra.local.keeper import Servers
from shared.database import open_session
from shared.parts import Part
from shared.settings import Settings, read_settings
from tests.ports import metrics_row
from tests.service.appointments.builders import a_session, a_wish
from tests.service.test_services_run import count, database, prepare, running, sila, submit
from tests.waiting import eventually

pytestmark = pytest.mark.broker
PATIENCE_S = 90
BOOKED = "SELECT count(*) FROM visit"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each process finds its own key file and its own account at the broker."""
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def environment(fresh_environment: dict[str, str], accounts: Path, servers: Servers) -> dict[str, str]:
    """Migrated databases, a declared topology, keys and accounts."""
    environment = {**os.environ, **fresh_environment, **metrics_row()}
    prepare(environment, accounts, servers)
    return environment


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(sila(*arguments), env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def settings_in(environment: dict[str, str]) -> Settings:
    return read_settings(
        database_url=environment["SILA_DATABASE_URL"], database_prefix=environment["SILA_DATABASE_PREFIX"]
    )


def test_a_backup_among_bookings_loses_none_and_comes_back_in_step(
    environment: dict[str, str], accounts: Path, tmp_path: Path
) -> None:
    with database(environment, Part.APPOINTMENTS) as engine:
        with open_session(engine) as db:
            session = a_session(db, free=60, starts_in=timedelta(days=9000))
            db.commit()
        with running(environment, accounts, "appointments", "projector", "relay"):
            for made in range(2):
                submit(environment, *(a_wish(session) for _ in range(30)))
                run(environment, "backup", str(tmp_path / str(made)), "--drain", "1")
            assert eventually(lambda: count(engine, BOOKED) == 60, PATIENCE_S)
            assert run(environment, "check", "portal.visit").endswith("every copy is its owner's state\n")
            run(environment, "backup", str(tmp_path / "last"), "--drain", "1")
    forget(environment)

    assert "restored as of" in run(environment, "restore", str(tmp_path / "last"))

    with database(environment, Part.APPOINTMENTS) as engine:
        assert count(engine, BOOKED) == 60
    assert run(environment, "check", "--settle", "0").endswith("every copy is its owner's state\n")


def forget(environment: dict[str, str]) -> None:
    """Every database is gone."""
    with connect_server(settings_in(environment)) as server:
        for part in Part:
            name = environment["SILA_DATABASE_PREFIX"] + part
            server.execute(f'DROP DATABASE "{name}"')  # type: ignore[arg-type]
