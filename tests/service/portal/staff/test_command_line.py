"""`sila institution|staff|key`: what an operator at the machine does, and what the trail says of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from infra.cli import app
from portal.accounts import Role
from portal.own_desk import find_missing
from shared.settings import Settings
from tests.service.portal.families import Families
from tests.service.portal.staff.administering import trail
from tests.service.portal.staff.conftest import Somebody

Sila = Callable[..., str]


@pytest.fixture
def sila(client: TestClient, config: Settings, monkeypatch: pytest.MonkeyPatch) -> Sila:
    """`sila("key", "list")`: what a command prints; `fails=True` where it must end with 1 and no traceback."""
    monkeypatch.setattr("shared.settings.settings", lambda: config)

    def run(*words: str, fails: bool = False, typed: str | None = None) -> str:
        result: Any = CliRunner().invoke(app, list(words), input=typed)
        assert result.exit_code == int(fails), result.output
        assert "Traceback" not in result.output
        assert not fails or not result.exception or isinstance(result.exception, SystemExit)
        return result.output

    return run


def test_an_unknown_institution_is_an_error_and_never_a_new_row(sila: Sila, families: Families) -> None:
    said = sila("staff", "add", "a@nowhere.example", "--institution", "nowhere", "--role", "intake", fails=True)
    assert "there is no nowhere" in said
    sila("key", "add", "nowhere", "--scope", "reports", "--label", "x", "--owner", "x", fails=True)
    sila("institution", "close", "nowhere", fails=True)
    sila("staff", "list", "--institution", "nowhere", fails=True)
    assert families.run("SELECT 1 FROM institution WHERE institution = 'nowhere'") == []
    assert trail(families) == []


def test_a_new_system_says_which_institutions_are_missing_until_they_are_added(
    sila: Sila, config: Settings, families: Families
) -> None:
    families.run("DELETE FROM institution WHERE institution IN ('central', 'ncc')")
    for words in (("institution", "list"), ("doctor",)):
        said = sila(*words, fails=words == ("doctor",))
        assert "SILA_OWN_DESK: there is no institution central" in said
        assert "sila institution add central --name en=… --name ar=… --kind takes_reports" in said
        assert "SILA_COMPLAINTS_BODIES: there is no institution ncc" in said
    assert {p.variable for p in find_missing(config)} == {"SILA_OWN_DESK", "SILA_COMPLAINTS_BODIES"}

    said = sila("institution", "add", "central", "--name", "en=Central desk", "--kind", "oversight")
    assert "the institution central takes no reports" in said
    sila("institution", "change", "central", "--kind", "takes_reports")
    said = sila("institution", "add", "ncc", "--name", "en=Committee", "--kind", "oversight")
    assert "missing" not in said
    assert find_missing(config) == []
    assert "missing" not in sila("institution", "list")


def test_an_account_is_invited_reset_and_closed_and_the_trail_says_who_did_it(sila: Sila, families: Families) -> None:
    link = sila("staff", "add", "Amal@mgd.example", "--institution", "mgd", "--role", "intake", "--as", "Noor")
    assert re.search(r"/staff/welcome/[\w-]{43}\n", link)
    said = sila("staff", "add", "amal@mgd.example", "--institution", "mgd", "--role", "call_desk", fails=True)
    assert "already" in said
    sila("staff", "change", "amal@mgd.example", "--role", "call_desk", "--as", "Noor")
    assert "/staff/welcome/" in sila("staff", "reset", "amal@mgd.example", "--as", "Noor")
    sila("staff", "disable", "amal@mgd.example", "--as", "Noor")
    assert "disabled" in sila("staff", "list", "--institution", "mgd")
    sila("staff", "disable", "amal@mgd.example", fails=True)
    sila("staff", "enable", "amal@mgd.example", "--as", "Noor")
    ((staff,),) = families.run("SELECT staff FROM staff WHERE email = 'amal@mgd.example'")
    done = trail(families)
    assert [action for action, *_ in done] == [
        "staff_invited", "staff_changed", "staff_reset", "staff_disabled", "staff_enabled",
    ]  # fmt: skip
    assert {(actor, subject, detail.partition(";")[0]) for _, actor, subject, detail in done} == {
        (None, str(staff), "cli:Noor")
    }


def test_a_password_is_printed_once_where_it_is_asked_for(sila: Sila, families: Families) -> None:
    words = ("staff", "add", "amal@mgd.example", "--institution", "mgd", "--role", "intake", "--with-password")
    said = sila(*words)
    assert re.search(r"password +\S{12,}\nTOTP secret +[A-Z2-7]{32}\n", said)
    assert "already" in sila(*words, fails=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("staff", "add", "a@mgd.example", "--institution", "mgd", "--role", "wizard"), "no role wizard"),
        (("staff", "add", "a@ncc.example", "--institution", "ncc", "--role", "intake"), "has no intake"),
        (("staff", "add", "no address", "--institution", "mgd", "--role", "intake"), "e-mail address"),
        (("staff", "change", "a@mgd.example"), "nothing to change"),
        (("staff", "disable", "nobody@mgd.example"), "there is no nobody@mgd.example"),
        (("institution", "add", "Bad Name", "--name", "en=X", "--kind", "laboratory"), "small letters"),
        (("institution", "add", "icmp", "--name", "ICMP", "--kind", "laboratory"), "LANGUAGE=TEXT"),
        (("institution", "add", "icmp", "--name", "xx=ICMP", "--kind", "laboratory"), "no language xx"),
        (("institution", "add", "icmp", "--name", "en=ICMP", "--kind", "circus"), "no kind circus"),
        (("institution", "add", "mgd", "--name", "en=Other", "--kind", "laboratory"), "already"),
        (("institution", "close", "central"), "stays open"),
        (("key", "add", "ncc", "--scope", "reports", "--label", "x", "--owner", "x"), "has no reports"),
        (("key", "add", "mgd", "--scope", "reports", "--label", "x", "--owner", "x", "--days", "0"), "1 to 1095"),
        (("key", "revoke", "00000000-0000-4000-8000-000000000001"), "there is no 00000000"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_and_changes_nothing(
    sila: Sila, families: Families, words: tuple[str, ...], expected: str
) -> None:
    before = families.run("SELECT institution, name::text, kinds, is_active FROM institution ORDER BY institution")
    assert expected in sila(*words, fails=True)
    assert families.run("SELECT institution, name::text, kinds, is_active FROM institution ORDER BY 1") == before
    assert families.run("SELECT 1 FROM staff UNION ALL SELECT 1 FROM api_key") == []
    assert trail(families) == []


def test_an_institution_is_added_named_closed_and_opened_again(sila: Sila, families: Families) -> None:
    sila("institution", "add", "icmp", "--name", "en=ICMP", "--kind", "laboratory")
    sila("institution", "change", "icmp", "--name", "ar=اللجنة", "--kind", "laboratory", "--kind", "outreach_partner")
    row = families.run("SELECT name, kinds FROM institution WHERE institution = 'icmp'")[0]
    assert (row.name, row.kinds) == ({"en": "ICMP", "ar": "اللجنة"}, ["laboratory", "outreach_partner"])
    assert "not told" in sila("institution", "close", "icmp")
    assert re.search(r"icmp +closed", sila("institution", "list"))
    sila("institution", "reopen", "icmp")
    assert re.search(r"icmp +open", sila("institution", "list"))


def test_closing_as_a_coordinator_tells_the_record(sila: Sila, a_visitor: Somebody, families: Families) -> None:
    coordinator = a_visitor(Role.COORDINATOR, institution="ncc").account
    assert "not told" not in sila("institution", "close", "mgd", "--as", coordinator.email)
    assert len(families.run("SELECT 1 FROM outbox WHERE routing_key = 'reports.note_institution'")) == 1


def test_a_key_is_made_rotated_and_revoked(sila: Sila, client: TestClient, families: Families) -> None:
    made = sila("key", "add", "mgd", "--scope", "reports", "--label", "Import", "--owner", "the IT desk")
    old = re.search(r"sila_[\w-]+", made)
    number = re.search(r"id ([0-9a-f-]{36})", made)
    assert old
    assert number
    said = sila("key", "list", "--institution", "mgd")
    assert re.search(rf"{number[1]} +mgd +good +reports .* the IT desk +Import", said)
    assert old[0] not in said
    new = re.search(r"sila_[\w-]+", sila("key", "rotate", number[1]))
    assert new

    def call(key: str) -> int:
        return client.get("/api/v1/sites", headers={"authorization": f"Bearer {key}"}).status_code

    assert (call(old[0]), call(new[0])) == (401, 200)
    ((second,),) = families.run("SELECT api_key FROM api_key WHERE is_active")
    sila("key", "revoke", str(second))
    assert call(new[0]) == 401
    sila("key", "revoke", str(second), fails=True)
    assert [action for action, *_ in trail(families)] == ["key_added", "key_rotated", "key_revoked"]


def test_sessions_are_listed_and_ended(sila: Sila, somebody: Somebody) -> None:
    officer = somebody(Role.INTAKE)
    assert len(sila("staff", "sessions", officer.account.email).splitlines()) == 2
    assert sila("staff", "end-sessions", officer.account.email) == "ended 1\n"
    assert officer.get("/staff/").url.path == "/staff/log-in"


def test_a_relation_is_declared_without_its_reference_in_the_shells_history(
    sila: Sila, a_visitor: Somebody, families: Families
) -> None:
    officer = a_visitor(Role.INTAKE).account
    assert "12 digits" in sila("staff", "declare-relative", officer.email, typed="123\n", fails=True)
    sila("staff", "declare-relative", officer.email, typed="686883553848\n")
    assert len(families.run("SELECT 1 FROM declared_relation WHERE ended_at IS NULL")) == 1
    sila("staff", "end-relative", officer.email, typed="686883553848\n")
    assert families.run("SELECT 1 FROM declared_relation WHERE ended_at IS NULL") == []
