import json
from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from typer.testing import CliRunner

from infra.cli import app
from portal import audit
from portal.accounts import Role
from shared.messaging.parking import seal_failure
from shared.parts import Part
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families
from tests.service.portal.staff.conftest import PARTS, Somebody
from tests.service.portal.staff.people import Person, said
from tests.service.portal.staff.short_reads import ShortReads

Database = Callable[[Part], sa.Engine]
PARK = sa.text("""
INSERT INTO failed_message
    (handler, queue, message_id, key, headers, body, tries, state, error_type, frames, sealed_error)
VALUES ('reports.set_status', 'reports.set_status', :id, '', :headers, '\\x7b7d', 5, 'parked', 'ValueError',
        'status.py', :error)
RETURNING id
""")


@pytest.fixture
def operator(somebody: Somebody, part_database: Database) -> Person:
    """Who sees that everything flows."""
    for part in Part:
        part_database(part)
    return somebody(Role.OPERATOR)


def park(database: Database, error: str = "the value was علي") -> int:
    """A parked message in the record's database."""
    sealed = seal_failure(error, "reports.set_status")
    headers = json.dumps({"kind": "set_status", "at": "2026-11-24T09:00:00+00:00"})
    with database(Part.REPORTS).begin() as db:
        return db.execute(PARK, {"id": uuid4(), "headers": headers, "error": sealed}).scalar_one()


def actions(families: Families) -> list[str]:
    return [row.action for row in families.run("SELECT action FROM audit_entry ORDER BY id")]


def test_operations_show_every_parts_outbox_and_what_is_parked(operator: Person, part_database: Database) -> None:
    park(part_database)
    page = operator.get("/staff/operations")
    assert page.status_code == 200
    assert all(f'scope="row">{part}<' in page.text for part in Part)
    assert 'href="/staff/operations/parked?part=reports">1<' in page.text
    assert 'href="/staff/operations/parked/reports/1">ValueError<' in page.text


def test_the_error_of_a_parked_message_is_shown_with_a_reason_only(
    operator: Person, part_database: Database, families: Families
) -> None:
    address = f"/staff/operations/parked/reports/{park(part_database)}"
    page = operator.get(address)
    assert "ValueError" in said(page)
    assert "علي" not in page.text
    assert operator.submit(page, address, reason=" ").status_code == 422
    assert "the value was علي" in said(operator.submit(page, address, reason="I look for the cause"))
    assert actions(families)[-1] == "looked_at_error"


def test_a_parked_message_is_replayed(operator: Person, part_database: Database, families: Families) -> None:
    row = park(part_database)
    page = operator.get("/staff/operations/parked")
    again = operator.submit(
        operator.get(f"/staff/operations/parked/reports/{row}"), f"/staff/operations/parked/reports/{row}/replay"
    )
    assert "parked" in said(page)
    assert "tried again" in said(again)
    assert "replayed_parked" in actions(families)


def test_all_of_a_parts_messages_are_replayed(operator: Person, part_database: Database) -> None:
    for _ in range(3):
        park(part_database)
    page = operator.get("/staff/operations/parked?part=reports")
    operator.submit(page, "/staff/operations/parked/reports/replay-all")
    with part_database(Part.REPORTS).connect() as db:
        assert db.execute(sa.text("SELECT DISTINCT state FROM failed_message")).scalars().all() == ["retrying"]


def test_a_parked_message_is_discarded_with_a_reason_and_a_second_thought(
    operator: Person, part_database: Database, families: Families
) -> None:
    address = f"/staff/operations/parked/reports/{park(part_database)}"
    page = operator.get(address)
    assert operator.submit(page, f"{address}/discard", discard_reason="a test").status_code == 422
    assert operator.submit(page, f"{address}/discard", sure="yes", discard_reason=" ").status_code == 422
    done = operator.submit(page, f"{address}/discard", sure="yes", discard_reason="a duplicate")
    assert "No message has failed." in said(done)
    assert operator.get(address).status_code == 404
    (row,) = families.run("SELECT sealed_detail FROM audit_entry WHERE action = 'discarded_parked'")
    assert "duplicate" not in row.sealed_detail


def test_parked_messages_are_filtered_by_queue_and_by_error(operator: Person, part_database: Database) -> None:
    row = park(part_database)
    for asked, fits in (
        ("queue=set_st", True),
        ("error=valueERR", True),
        ("queue=accept", False),
        ("error=42P", False),
    ):
        page = operator.get(f"/staff/operations/parked?part=reports&{asked}")
        assert (f"/staff/operations/parked/reports/{row}" in page.text) == fits, asked


def test_a_message_that_waits_behind_another_is_not_replayed_before_it(
    operator: Person, part_database: Database
) -> None:
    row = park(part_database)
    with part_database(Part.REPORTS).begin() as db:
        db.execute(sa.text("UPDATE failed_message SET state = 'waiting'"))
    address = f"/staff/operations/parked/reports/{row}"
    assert operator.submit(operator.get(address), f"{address}/replay").status_code == 404


@pytest.fixture
def sila(config: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`sila(…)`: what the command line says, on this test's databases."""
    monkeypatch.setattr("shared.settings.settings", lambda: config)

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_the_command_line_lists_shows_replays_and_discards_and_all_of_it_is_on_record(
    operator: Person, part_database: Database, families: Families, sila: Callable[..., str]
) -> None:
    first, second = park(part_database), park(part_database)
    assert sila("parked", "list", "--part", "reports", "--error", "ValueError").count("ValueError") == 2
    assert sila("parked", "list", "--queue", "accept") == ""
    assert "the value was علي" in sila("parked", "show", "reports", str(first))
    sila("parked", "discard", "reports", str(first), "--reason", " ", code=1)
    sila("parked", "discard", "reports", str(first), "--reason", "a duplicate")
    sila("parked", "discard", "reports", str(first), "--reason", "again", code=1)
    assert "1 will be tried again" in sila("parked", "replay", "reports", "--all", "--queue", "set_status")
    sila("parked", "replay", "reports", str(second))
    with part_database(Part.REPORTS).connect() as db:
        assert db.execute(sa.text("SELECT id, state FROM failed_message")).all() == [(second, "retrying")]
    assert [a for a in actions(families) if "parked" in a or "error" in a] == [
        "listed_parked", "listed_parked", "looked_at_error", "discarded_parked", "replayed_all_parked",
        "replayed_parked",
    ]  # fmt: skip
    assert "duplicate" not in str(families.run("SELECT sealed_detail FROM audit_entry"))


@pytest.mark.parametrize("path", ["reports/77", "nowhere/1"])
def test_a_message_that_is_not_there_is_not_there(operator: Person, path: str) -> None:
    assert operator.get(f"/staff/operations/parked/{path}").status_code == 404


def test_the_auditor_sees_who_did_what_and_that_the_trail_is_whole(
    somebody: Somebody, families: Families, db: Session
) -> None:
    auditor = somebody(Role.AUDITOR)
    page = auditor.get("/staff/audit")
    assert "logged in" in said(page)
    audit.chain(db)
    db.commit()
    assert "Whole." in said(auditor.submit(page, "/staff/audit/verify"))


def test_a_changed_entry_is_named(somebody: Somebody, families: Families, db: Session) -> None:
    auditor = somebody(Role.AUDITOR)
    audit.chain(db)
    db.commit()
    families.run("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    families.run("UPDATE audit_entry SET action = 'was_elsewhere' WHERE sequence = 2")
    families.run("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    verdict = said(auditor.submit(auditor.get("/staff/audit"), "/staff/audit/verify"))
    assert "Broken. Entry 2 is changed." in verdict


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"action": "logged_in"}, True),
        ({"action": "withdrew"}, False),
        ({"door": "family"}, False),
        ({"institution": "mgd"}, True),
        ({"institution": "ihchr"}, False),
        ({"since": "2020-01-01", "until": "2099-01-01"}, True),
        ({"since": "2099-01-01"}, False),
        ({"who": "nobody@mgd.example"}, False),
    ],
)
def test_the_trail_is_filtered(somebody: Somebody, asked: dict[str, str], shown: bool) -> None:
    auditor = somebody(Role.AUDITOR)
    page = auditor.submit(auditor.get("/staff/audit"), "/staff/audit", **asked)
    assert ('data-label="What">logged in<' in page.text) == shown


def test_the_coordinator_sees_national_figures(somebody: Somebody, part_database: Database) -> None:
    page = somebody(Role.COORDINATOR).get("/staff/figures")
    assert "Reports 0" in said(page)


def test_a_part_that_is_away_takes_no_other_page_with_it(
    somebody: Somebody, courier: Courier, reads: ShortReads
) -> None:
    person = somebody(*Role)
    reads.away |= set(PARTS)
    answers = {path: person.get(path).status_code for path in ("/staff/links", "/staff/matches", "/staff/notices")}
    assert set(answers.values()) == {503}
    for path in ("/staff/", "/staff/reports", "/staff/operations", "/staff/audit", "/staff/laboratory"):
        assert person.get(path).status_code == 200
