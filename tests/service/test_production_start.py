"""A production start with problems: every part names them all, and none starts; so does `sila doctor`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.keeper import Servers
from shared.messaging.accounts import url_for
from shared.parts import Part, Process
from shared.schema import migrate
from shared.sealing import generate_keys, split_keys
from shared.settings import read_settings

pytestmark = pytest.mark.broker
STARTS = "import sys; from infra.runner import main; main(sys.argv[1])"
SILA = "from infra.cli import app; app()"


def ends(code: str, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a program says that is to end by itself."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SILA_", "TWILIO_"))}
    command = [sys.executable, "-W", "ignore", "-c", code, *words]
    return subprocess.run(command, env=given | settings, capture_output=True, text=True, timeout=60)


@pytest.fixture
def examples(sila_environment: dict[str, str]) -> dict[str, str]:
    """A production start with the settings of a trial."""
    return {**sila_environment, "SILA_ENVIRONMENT": "production", "SILA_LIMITS": "raised"}


@pytest.mark.parametrize("process", Process)
def test_no_part_starts_while_there_is_a_problem(examples: dict[str, str], process: Process) -> None:
    ended = ends(STARTS, process, **examples)
    assert ended.returncode == 1
    assert f"{process} cannot start." in ended.stderr
    for variable in ("SILA_LIMITS: ", "SILA_BASE_URL: ", "SILA_OFFICE_PHONE: ", "SILA_TWILIO_NUMBER: "):
        assert f"\n{variable}" in ended.stderr


@pytest.mark.parametrize("process", Process)
def test_no_part_starts_with_an_account_at_the_broker_that_is_not_its_own(
    examples: dict[str, str], servers: Servers, worker_id: str, process: Process
) -> None:
    said = ends(STARTS, process, **examples).stderr
    assert "\nSILA_AMQP_URL: uses the account sila, which is not" in said
    own = {"SILA_AMQP_URL": servers.node.url_of(process, worker_id)}
    said = ends(STARTS, process, **(examples | own)).stderr
    assert "SILA_LIMITS: " in said
    assert "SILA_AMQP_URL" not in said


def test_a_portal_that_has_no_desk_for_families_reports_does_not_start(
    good: dict[str, str], fresh_environment: dict[str, str], servers: Servers
) -> None:
    own = {"SILA_AMQP_URL": url_for(fresh_environment["SILA_AMQP_URL"], Process.PORTAL, "Kq2vN8s")}
    own |= {name: fresh_environment[name] for name in ("SILA_DATABASE_URL", "SILA_DATABASE_PREFIX")}
    migrate(
        read_settings(database_url=own["SILA_DATABASE_URL"], database_prefix=own["SILA_DATABASE_PREFIX"]), Part.PORTAL
    )
    keys = Path(good["SILA_KEYS"])
    keys.write_text(json.dumps(split_keys(json.loads(keys.read_text()))[Process.PORTAL]))
    ended = ends(STARTS, Process.PORTAL, **(good | own))
    assert ended.returncode == 1
    assert "portal cannot start.\nSILA_OWN_DESK: there is no institution central" in ended.stderr
    assert "sila institution add central" in ended.stderr


def test_the_doctor_names_the_same_and_fails(examples: dict[str, str]) -> None:
    ended = ends(SILA, "doctor", **examples)
    assert ended.returncode == 1
    named = {line.partition(":")[0] for line in ended.stderr.splitlines()}
    assert {"SILA_LIMITS", "SILA_BASE_URL", "TWILIO_AUTH_TOKEN"} <= named


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Settings in which nothing stands against production."""
    keys = tmp_path / "keys.json"
    keys.touch(0o600)
    keys.write_text(json.dumps(generate_keys()))
    return {
        "SILA_ENVIRONMENT": "production",
        "SILA_BASE_URL": "https://sila.example",
        "SILA_TRUSTED_PROXIES": "10.0.0.1",
        "SILA_DATABASE_URL": "postgresql+psycopg://sila_portal:Kq2vN8s@db",
        "SILA_AMQP_URL": "amqp://sila_portal:Kq2vN8s@broker/sila",
        "SILA_KEYS": str(keys),
        "SILA_OFFICE_PHONE": "+9647801111111",
        "SILA_TWILIO_NUMBER": "+9647802222222",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "t0ken",
    }


def test_the_doctor_finds_nothing_in_good_settings(good: dict[str, str]) -> None:
    ended = ends(SILA, "doctor", **good)
    assert (ended.returncode, ended.stderr) == (0, "")
