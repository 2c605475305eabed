from pathlib import Path

import pytest

from infra.local import postgres
from infra.local.postgres import Postgres, program
from infra.local.problems import StartError

EVERY_CAPABILITY = (1 << 41) - 1
DAC_READ_SEARCH = 1 << 2
SETPCAP = 1 << 8


def test_the_account_is_given_the_way_through_closed_folders():
    words = postgres._way_through(EVERY_CAPABILITY)

    assert "--ambient-caps=+dac_override,+dac_read_search" in words


def test_a_root_with_fewer_capabilities_hands_on_those_it_has():
    words = postgres._way_through(EVERY_CAPABILITY & ~DAC_READ_SEARCH)

    assert "--ambient-caps=+dac_override" in words


@pytest.mark.parametrize("permitted", [0, EVERY_CAPABILITY & ~SETPCAP])
def test_a_root_that_may_hand_on_nothing_asks_for_nothing(permitted: int):
    assert postgres._way_through(permitted) == []


def test_a_root_without_setpriv_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _name: None)

    with pytest.raises(StartError, match="does not run as root"):
        postgres._as_account()


def test_an_ordinary_account_needs_no_prefix(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert postgres._as_account() == []


def test_programs_are_found_in_the_package():
    assert program("initdb").exists()


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(StartError, match="SILA_DATABASE_URL"):
        program("no-such-program")


def test_the_address_holds_the_kept_password(tmp_path: Path):
    (tmp_path / "password").write_text("kept\n")

    assert Postgres(tmp_path, 5555).url == "postgresql+psycopg://sila:kept@127.0.0.1:5555"
