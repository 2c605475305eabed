"""`sila broker accounts`: what an administrator imports, and what each process is given."""

import base64
import hashlib
import json
import stat
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from typer.testing import CliRunner, Result

from infra.cli.broker import app
from shared.parts import Part, Process
from shared.settings import settings


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run("accounts", …)` with an administrator's address of the virtual host `records`."""
    monkeypatch.setenv("SILA_AMQP_URL", "amqp://admin:secret@broker:5673/records")
    monkeypatch.setenv("SILA_DATABASE_URL", "postgresql+psycopg://h")
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, [str(word) for word in words])
    settings.cache_clear()


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())


def test_each_process_gets_an_address_whose_password_the_broker_will_know(run: Any, tmp_path: Path) -> None:
    done: Result = run("accounts", tmp_path)
    assert done.exit_code == 0, done.output
    hashes = {user["name"]: user["password_hash"] for user in read(tmp_path / "definitions.json")["users"]}
    assert len(hashes) == len(Process) - 1 + len(Part)
    for process in Process:
        url = urlsplit((tmp_path / f"{process}.env").read_text().strip().removeprefix("SILA_AMQP_URL="))
        assert (url.hostname, url.port, url.path) == ("broker", 5673, "/records")
        for part in Part if process is Process.RELAY else [""]:
            kept = base64.b64decode(hashes[unquote(url.username or "").replace("{part}", part)])
            assert kept[4:] == hashlib.sha256(kept[:4] + unquote(url.password or "").encode()).digest()


def test_only_the_owner_may_read_them_and_no_password_is_shown(run: Any, tmp_path: Path) -> None:
    said = run("accounts", tmp_path / "new").output
    for file in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for password in (*read(tmp_path / "new" / "passwords.json").values(), "secret"):
        assert password not in said
        assert password not in (tmp_path / "new" / "definitions.json").read_text()


def test_passwords_stay_when_it_runs_again(run: Any, tmp_path: Path) -> None:
    run("accounts", tmp_path)
    before = (tmp_path / "gateway.env").read_text()
    run("accounts", tmp_path)
    assert (tmp_path / "gateway.env").read_text() == before


def test_a_broken_file_of_passwords_is_named_and_kept(run: Any, tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text("[1")
    refused = run("accounts", tmp_path)
    assert refused.exit_code == 1
    assert "passwords.json" in refused.output
    assert (tmp_path / "passwords.json").read_text() == "[1"


def test_without_a_rabbitmqctl_it_says_what_to_do(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run("accounts", tmp_path, "--apply")
    assert refused.exit_code == 1
    assert "rabbitmqctl import_definitions" in refused.output
