"""`sila keys`: files that only their owner may read, each with what one process needs."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.cli.keys import app
from shared.parts import Process
from shared.sealing import Keys, Purpose


def sila_keys(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    assert sila_keys("generate", file).exit_code == 0
    return file


def test_each_process_gets_its_own_file_for_its_owner_alone(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "split"
    assert sila_keys("split", whole, folder).exit_code == 0
    assert {file.name for file in folder.iterdir()} == {f"{process}.json" for process in Process}
    assert mode(folder) == 0o700
    for process in Process:
        file = folder / f"{process}.json"
        assert mode(file) == 0o600
        Keys.read(file).require(process)
        assert Keys.read(file).beyond(process) == []


def test_a_file_that_others_could_read_is_replaced(whole: Path, tmp_path: Path) -> None:
    sila_keys("split", whole, tmp_path)
    (tmp_path / "matching.json").chmod(0o644)
    sila_keys("split", whole, tmp_path)
    assert mode(tmp_path / "matching.json") == 0o600


def test_after_a_rotation_and_another_split_old_things_open_everywhere(whole: Path, tmp_path: Path) -> None:
    sila_keys("split", whole, tmp_path)
    sealed = Keys.read(tmp_path / "portal.json").seal(Purpose.FOR_MATCHING, b"x")
    assert "split the file again" in sila_keys("rotate", whole).output
    sila_keys("split", whole, tmp_path)
    matching = Keys.read(tmp_path / "matching.json")
    assert matching.unseal(Purpose.FOR_MATCHING, sealed) == b"x"
    assert matching.seal(Purpose.FOR_MATCHING, b"y").startswith("2.")


def test_a_file_of_an_earlier_version_gets_what_it_lacks(whole: Path, tmp_path: Path) -> None:
    content = json.loads(whole.read_text())
    del content["purposes"]["messages:matching"]
    whole.write_text(json.dumps(content))
    assert "messages:matching" in sila_keys("split", whole, tmp_path).output
    Keys.read(tmp_path / "matching.json").require(Process.MATCHING)
    assert "messages:matching" in json.loads(whole.read_text())["purposes"]


@pytest.mark.parametrize("command", ["split", "rotate", "forget-shared"])
def test_what_is_no_whole_key_file_is_refused_and_stays(command: str, whole: Path, tmp_path: Path) -> None:
    sila_keys("split", whole, tmp_path)
    broken, absent, gateway = tmp_path / "broken.json", tmp_path / "absent.json", tmp_path / "gateway.json"
    broken.write_text("{}")
    kept = gateway.read_text()
    for file, why in ((broken, "not a key file"), (absent, "generate"), (gateway, "one process")):
        refused = sila_keys(command, file, *([tmp_path / "again"] if command == "split" else []))
        assert refused.exit_code == 1
        assert why in refused.output
    assert (broken.read_text(), gateway.read_text(), absent.exists()) == ("{}", kept, False)
    assert not (tmp_path / "again").exists()
