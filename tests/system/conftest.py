"""What every test through the doors may ask for: the whole system, started once, and the people around it."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browsers import running_browser
from tests.system.family import Case
from tests.system.institution import Institution
from tests.system.phone import Phone
from tests.system.staff import StaffMember
from tests.system.whole import System, running_system


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker owns the system; its pages, what is fuzzed and what is watched come last, in this order."""
    last = ("test_fuzz.py", "test_watching.py")
    items.sort(key=lambda i: (last.index(i.path.name) + 1 if i.path.name in last else 0, i.path.parent.name == "pages"))
    for item in items:
        if "tests/system" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("system"))


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """Every part, ready, with the demo's cases and sixty further families."""
    folder = Path(tempfile.mkdtemp(prefix="sila-system-"))
    folder.chmod(0o700)
    with running_system(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def phone_of(system: System) -> Callable[[str], Phone]:
    """`phone_of("+964…")`: the phone with a number."""
    return lambda number: Phone(system.carrier_url, number)


@pytest.fixture(scope="session")
def new_phone(phone_of: Callable[[str], Phone]) -> Callable[..., Phone]:
    """`new_phone()`: a phone that nobody has used before; `new_phone("26")`: one whose number ends so."""
    return lambda ending="": phone_of(f"+96477{secrets.randbelow(10**8):08d}"[: 14 - len(ending)] + ending)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def case_in(system: System) -> Callable[..., Case]:
    """`case_in("registered", language="ckb")`: a case of the demo that is in a state."""

    def find(status: str | None = None, language: str | None = None) -> Case:
        for case in system.demo["cases"]:
            if status in (None, case["status"]) and language in (None, case["language"]):
                return Case(**case | {"phone": Phone(system.carrier_url, case["phone"])})
        raise LookupError(f"{status} {language}")

    return find


@pytest.fixture(scope="session")
def institution(system: System) -> Callable[[str], Institution]:
    """`institution("mgd")`: an institution at the API."""
    keys = {each["institution"]: each["key"] for each in system.demo["api_keys"]}
    return lambda name: Institution(system.url, name, keys[name])


@pytest.fixture(scope="session")
def staff(system: System) -> Callable[[str], StaffMember]:
    """`staff("links")`: a member of staff, logged in once for the whole run, since a one-time password is good once."""
    accounts = {each["email"].partition("@")[0]: each for each in system.demo["staff"]}
    return cache(lambda name: StaffMember(system.url, accounts[name]))
