"""What stops a production start: each problem by its variable, all at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.accounts import url_for
from shared.parts import Process
from shared.production import NotForProduction, find_problems, refuse_problems
from shared.sealing import generate_keys, split_keys
from shared.settings import Settings, read_settings


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "keys.json"
    file.touch(0o600)
    return file


@pytest.fixture
def good(keys: Path) -> dict[str, Any]:
    """Settings with which production starts."""
    return {
        "environment": "production",
        "base_url": "https://sila.example",
        "trusted_proxies": "10.0.0.0/24",
        "database_url": "postgresql+psycopg://sila_portal:Kq2vN8s@db",
        "amqp_url": "amqp://admin:Kq2vN8s@broker/records",
        "keys": keys,
        "office_phone": "+9647801111111",
        "twilio_number": "+9647802222222",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "t0ken",
    }


def own_account(process: Process) -> dict[str, str]:
    """The broker's address as `sila broker accounts` gives it to a process."""
    return {"amqp_url": url_for("amqp://admin:Kq2vN8s@broker/records", process, "Kq2vN8s")}


def variables(given: dict[str, Any], process: Process | None = None) -> list[str]:
    return [problem.variable for problem in find_problems(read_settings(**given), process)]


def test_good_settings_have_no_problem(good: dict[str, Any]) -> None:
    assert variables(good) == []
    for process in Process:
        refuse_problems(read_settings(**(good | own_account(process))), process)


@pytest.mark.parametrize(
    ("changed", "variable"),
    [
        ({"limits": "raised"}, "SILA_LIMITS"),
        ({"log_in_step_s": 0}, "SILA_LOG_IN_STEP_S"),
        ({"log_level": "DEBUG"}, "SILA_LOG_LEVEL"),
        ({"base_url": "http://sila.example"}, "SILA_BASE_URL"),
        ({"trusted_proxies": ""}, "SILA_TRUSTED_PROXIES"),
        ({"office_phone": "+9647700000000"}, "SILA_OFFICE_PHONE"),
        ({"twilio_number": "+15005550006"}, "SILA_TWILIO_NUMBER"),
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_API_BASE_URL": "http://127.0.0.1:8010"}, "TWILIO_API_BASE_URL"),
        ({"TWILIO_API_BASE_URL": "https://api.twilio.com.simulator.example"}, "TWILIO_API_BASE_URL"),
        ({"TWILIO_API_BASE_URL": "http://api.twilio.com"}, "TWILIO_API_BASE_URL"),
        ({"amqp_url": "amqp://guest:Kq2vN8s@broker/"}, "SILA_AMQP_URL"),
        ({"amqp_url": "amqp://broker/"}, "SILA_AMQP_URL"),
        ({"amqp_url": "amqp://sila@broker/"}, "SILA_AMQP_URL"),
        ({"amqp_url": "amqp://sila:guest@broker/"}, "SILA_AMQP_URL"),
        ({"amqp_url": "amqp://records:records@broker/"}, "SILA_AMQP_URL"),
        ({"database_url": "postgresql+psycopg://postgres:postgres@db"}, "SILA_DATABASE_URL"),
        ({"database_url": "postgresql+psycopg://records:%50assword@db"}, "SILA_DATABASE_URL"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_each_problem_is_named_by_its_variable(good: dict[str, Any], changed: dict[str, str], variable: str) -> None:
    assert variables(good | changed) == [variable]


@pytest.mark.parametrize(
    "changed",
    [
        {"TWILIO_API_BASE_URL": "https://api.dublin.ie1.twilio.com"},
        {"database_url": "postgresql+psycopg://sila@db"},  # by certificate
        {"database_url": "postgresql+psycopg:///?host=/run/postgresql"},
    ],
    ids=["a region of Twilio's", "a certificate", "a socket"],
)
def test_what_only_looks_like_a_problem_is_none(good: dict[str, Any], changed: dict[str, str]) -> None:
    assert variables(good | changed) == []


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666, 0o777])
def test_a_key_file_that_others_can_read_is_named_with_what_to_do(good: dict[str, Any], keys: Path, mode: int) -> None:
    keys.chmod(mode)
    (problem,) = find_problems(read_settings(**good))
    assert problem.variable == "SILA_KEYS"
    assert f"chmod 600 {keys}" in problem.remedy


def test_a_mounted_secret_may_be_read_by_the_processs_group(
    good: dict[str, Any], keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = keys.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    keys.chmod(0o440)
    assert variables(good) == []
    keys.chmod(0o444)
    assert variables(good) == ["SILA_KEYS"]


@pytest.mark.parametrize("place", [".", ".local"])
def test_a_demo_in_the_installation_is_named(good: dict[str, Any], tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "demo.json").touch()
    (problem,) = find_problems(read_settings(**good))
    assert "demo.json" in problem.remedy


def test_parts_that_do_not_speak_to_the_carrier_need_no_credentials_of_it(good: dict[str, Any]) -> None:
    without = good | {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}
    named = {process for process in Process if variables(without | own_account(process), process)}
    assert named == {Process.PORTAL, Process.GATEWAY}


@pytest.mark.parametrize("process", Process)
def test_keys_that_a_process_has_no_need_of_are_named(good: dict[str, Any], keys: Path, process: Process) -> None:
    whole = generate_keys()
    keys.write_text(json.dumps(whole))
    good |= own_account(process)
    problems = find_problems(read_settings(**good), process)
    assert [p.variable for p in problems] == ["SILA_KEYS"]
    assert "sila keys split" in problems[0].remedy
    assert ("gateway-box.private" in problems[0].remedy) == (process is not Process.GATEWAY)
    keys.write_text(json.dumps(split_keys(whole)[process]))
    assert variables(good, process) == []


@pytest.mark.parametrize("process", Process)
@pytest.mark.parametrize("user", ["guest", "admin", "records", "sila", "another process's", "the relay's of one part"])
def test_an_account_at_the_broker_that_is_not_its_own_is_named(
    good: dict[str, Any], process: Process, user: str
) -> None:
    another = Process.GATEWAY if process is not Process.GATEWAY else Process.REPORTS
    names = {"another process's": f"records-{another}", "the relay's of one part": "records-relay-reports"}
    good["amqp_url"] = f"amqp://{names.get(user, user)}:Kq2vN8s@broker/records"
    (problem,) = find_problems(read_settings(**good), process)
    assert problem.variable == "SILA_AMQP_URL"
    assert user == "guest" or "sila broker accounts" in problem.remedy
    assert "Kq2vN8s" not in problem.remedy


def test_all_problems_are_named_at_once_and_no_secret_with_them(good: dict[str, Any], keys: Path) -> None:
    keys.chmod(0o644)
    bad = {"environment": "production", "keys": keys, "limits": "raised", "log_level": "DEBUG"}
    bad |= {"database_url": "postgresql://postgres:postgres@db", "amqp_url": "amqp://sila:changeme@b"}
    with pytest.raises(NotForProduction) as refused:
        refuse_problems(read_settings(**bad), Process.PORTAL)
    lines = str(refused.value).splitlines()
    assert len(lines) == len({line.partition(":")[0] for line in lines}) == 10
    assert "changeme" not in str(refused.value)


def test_what_is_not_production_starts_with_examples(keys: Path) -> None:
    local: Settings = read_settings(database_url="postgresql://h", amqp_url="amqp://guest:guest@h", keys=keys)
    assert find_problems(local)
    refuse_problems(local, Process.PORTAL)
