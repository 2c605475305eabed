import shutil
from collections.abc import Callable

import pytest

from infra.local.install import BROWSER, Need, install
from infra.local.problems import StartError


def a_need(is_there: Callable[[], bool] = lambda: False) -> Need:
    return Need(what="a thing", is_there=is_there, debian="thing", brew="thing", way_out="or do without")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs that this machine has."""
    present: set[str] = set()
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/bin/{name}" if name in present else None)
    return present


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that would have been run."""
    commands: list[str] = []
    monkeypatch.setattr("infra.local.install._run", lambda command: commands.append(" ".join(command)))
    return commands


def test_what_is_there_is_not_installed(ran: list[str]):
    install([a_need(lambda: True)], {})

    assert ran == []


def test_installing_can_be_forbidden(ran: list[str]):
    with pytest.raises(StartError, match=r"SILA_INSTALL=no forbids.*package thing yourself, or do without"):
        install([a_need()], {"SILA_INSTALL": "no"})

    assert ran == []


def test_a_machine_without_a_package_manager_is_told_what_to_do(tools: set[str]):
    with pytest.raises(StartError, match=r"no apt-get or brew.*package thing yourself"):
        install([a_need()], {})


def test_debian_installs_by_apt_get(tools: set[str], ran: list[str], monkeypatch: pytest.MonkeyPatch):
    tools.add("apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    install([a_need(lambda: bool(ran))], {})

    assert ran[0].endswith("apt-get -qq update")
    assert ran[1].endswith("install --yes --no-install-recommends thing")


def test_an_ordinary_account_installs_by_sudo(tools: set[str], ran: list[str], monkeypatch: pytest.MonkeyPatch):
    tools.update({"apt-get", "sudo"})
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    install([a_need(lambda: bool(ran))], {})

    assert all(command.startswith("sudo ") for command in ran)


def test_an_ordinary_account_without_sudo_is_told(tools: set[str], monkeypatch: pytest.MonkeyPatch):
    tools.add("apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(StartError, match="only root may install"):
        install([a_need()], {})


def test_a_mac_installs_by_brew(tools: set[str], ran: list[str]):
    tools.add("brew")

    install([a_need(lambda: bool(ran))], {})

    assert ran == ["brew install --quiet thing"]


def test_it_says_what_it_is_about_to_install(tools: set[str], ran: list[str], capsys: pytest.CaptureFixture[str]):
    tools.add("brew")

    install([a_need(lambda: bool(ran))], {})

    assert capsys.readouterr().out == "Installing a thing: brew install --quiet thing\n"


def test_where_the_system_has_no_browser_to_install_playwright_brings_one(
    tools: set[str], ran: list[str], monkeypatch: pytest.MonkeyPatch
):
    tools.add("apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("infra.local.install._apt_offers", lambda _package: False)
    monkeypatch.setattr("infra.local.install._playwright_has_one", lambda: bool(ran))

    install([a_need(lambda: bool(ran)), BROWSER], {})

    assert [command.split()[-2:] for command in ran][1:] == [
        ["--no-install-recommends", "thing"],
        ["install", "chromium"],
    ]


def test_an_installation_without_effect_is_told(tools: set[str], ran: list[str]):
    tools.add("brew")

    with pytest.raises(StartError, match="still missing"):
        install([a_need()], {})
