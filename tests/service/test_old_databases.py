"""Databases from before acts had owners, with rows in every table: upgraded, read by today's tables, and back again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session, SQLModel, select

from portal.tables import PortalTable
from services.appointments.tables import AppointmentsTable
from services.gateway.tables import GatewayTable
from services.matching.tables import MatchingTable
from services.outreach.tables import OutreachTable
from services.reports.tables import ReportsTable
from shared import schema
from shared.bounded_columns import validate_checks
from shared.database import engine_of
from shared.parts import Part
from shared.settings import Settings, settings
from tests.service.filling import fill

BEFORE = {
    Part.REPORTS: "0004", Part.MATCHING: "0003", Part.APPOINTMENTS: "0004", Part.OUTREACH: "0002",
    Part.GATEWAY: "0004", Part.PORTAL: "0005",
}  # fmt: skip
TABLES: dict[Part, type[SQLModel]] = {
    Part.REPORTS: ReportsTable, Part.MATCHING: MatchingTable, Part.APPOINTMENTS: AppointmentsTable,
    Part.OUTREACH: OutreachTable, Part.GATEWAY: GatewayTable, Part.PORTAL: PortalTable,
}  # fmt: skip
CHANGED = {
    *(("notice", column) for column in ("state", "version", "approved_by", "approved_for")),
    ("report_link", "state"),
}
"""What changes in rows that are there: words that nobody approved as words need approval again, and, on the way back, a
pair that waits for its second reviewer is proposed."""
NEW: dict[tuple[Part, str], dict[str, Any]] = {
    (Part.REPORTS, "consent"): {"recorded_for": None},
    (Part.REPORTS, "phone"): {"logs_in_from": None, "verification": None},
    (Part.REPORTS, "concern"): {"desk": None, "due_at": None, "risen_at": None},
    (Part.REPORTS, "report_link"): {"first_reviewer": None, "first_decision": None},
    (Part.MATCHING, "sample"): {"held_by": None},
    (Part.APPOINTMENTS, "site"): {"institution": None},
    (Part.APPOINTMENTS, "sample"): {"held_by": None, "handed_to": None},
    (Part.APPOINTMENTS, "custody_event"): {"institution": None, "recipient": None},
    (Part.OUTREACH, "meeting"): {"partners": [], "is_public_wanted": False, "published_digest": None},
    (Part.OUTREACH, "notice"): {"words": None, "words_digest": None, "approved_digest": None},
    (Part.GATEWAY, "text_batch"): {"words_digest": None},
    (Part.PORTAL, "family_file"): {"share_asked": [], "hand_over": None},
    (Part.PORTAL, "concern"): {"is_late": False, "due_at": None, "desk": None},
    (Part.PORTAL, "contact"): {"logs_in_from": None},
    (Part.PORTAL, "api_key"): {"label": "", "owner_staff": None, "owner_contact": None, "last_used_at": None},
}
"""What an upgrade says in the new columns of rows from before."""

Rows = dict[str, list[dict[str, Any]]]


Database = tuple[Part, Settings, sa.Engine]


@pytest.fixture
def old(request: pytest.FixtureRequest, sila_environment: dict[str, str]) -> Iterator[Database]:
    """A part's database as it was, with rows in every table."""
    with _filled(request.param, BEFORE[request.param]) as database:
        yield database


@pytest.fixture
def new(request: pytest.FixtureRequest, sila_environment: dict[str, str]) -> Iterator[Database]:
    """A part's database of today, with rows in every table."""
    with _filled(request.param, "head") as database:
        yield database


@contextmanager
def _filled(part: Part, revision: str) -> Iterator[Database]:
    config = settings().model_copy(update={"database_prefix": f"t{uuid4().hex[:6]}_old_"})
    schema.create_database(config, part)
    _alembic(config, part, command.upgrade, revision)
    engine = engine_of(part, config)
    assert {table for table, rows in fill(engine).items() if not rows} == set(), "every table has a row"
    yield part, config, engine
    engine.dispose()
    server = sa.create_engine(f"{config.database_url}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{config.database_prefix}{part}" WITH (FORCE)'))


def _alembic(config: Settings, part: Part, move: Callable[..., None], revision: str) -> None:
    with schema._connected(config, part) as (connection, alembic):  # pyright: ignore[reportPrivateUsage]
        alembic.attributes["connection"] = connection
        move(alembic, revision)


def rows_of(engine: sa.Engine) -> Rows:
    """Every row of every table, in the order in which they were written."""
    metadata = sa.MetaData()
    with engine.connect() as db:
        metadata.reflect(db)
        tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
        return {
            table.name: [dict(row) for row in db.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
            for table in tables
        }


def lost(before: Rows, after: Rows) -> list[str]:
    """The tables whose rows are not all there with their values, in the columns that there still are."""

    def kept(table: str, row: dict[str, Any], columns: set[str]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name in columns and (table, name) not in CHANGED}

    missing: list[str] = []
    for table, rows in before.items():
        if table in after:
            columns = set(after[table][0]) if after[table] else set[str]()
            found = [kept(table, row, set(rows[0])) for row in after[table]]
            missing += [table for row in rows if kept(table, row, columns) not in found]
    return missing


parts = pytest.mark.parametrize("old", list(Part), indirect=True, ids=str)


@parts
def test_no_row_is_lost_and_new_columns_say_what_is_known(old: Database) -> None:
    part, config, engine = old
    before = rows_of(engine)
    schema.migrate(config, part)
    after = rows_of(engine)

    assert lost(before, after) == []
    for (owner, table), values in NEW.items():
        if owner is part:
            assert [{name: row[name] for name in values} for row in after[table]] == [values] * len(before[table])
    with engine.connect() as db:
        assert validate_checks(db) == [], "every CHECK holds for rows from before"


@pytest.mark.parametrize("old", [Part.OUTREACH], indirect=True, ids=str)
def test_notices_that_could_still_go_out_wait_for_approval_again(old: Database) -> None:
    part, config, engine = old
    before = {row["id"]: row["state"] for row in rows_of(engine)["notice"]}
    schema.migrate(config, part)
    could_go = {"approved", "running", "paused"}
    assert could_go <= set(before.values())
    for row in rows_of(engine)["notice"]:
        was = before[row["id"]]
        assert row["state"] == ("void" if was in could_go else was)
        assert was not in could_go or row["approved_by"] is None


@parts
def test_todays_tables_read_every_row(old: Database) -> None:
    part, config, engine = old
    schema.migrate(config, part)
    known = rows_of(engine)
    tables = [mapper.class_ for mapper in TABLES[part]._sa_registry.mappers]  # pyright: ignore
    read = set[str]()
    with Session(engine) as db:
        for table in tables:
            name = str(table.__tablename__)
            found = db.exec(select(table)).all()
            assert len(found) == len(known[name])
            assert all({**row.model_dump()} for row in found), name
            read.add(name)
    assert {"outbox", "inbox", "failed_message", "due_message"} >= known.keys() - read


@parts
def test_an_upgrade_is_taken_back_and_made_again(old: Database) -> None:
    part, config, engine = old
    before = rows_of(engine)
    schema.migrate(config, part)
    _alembic(config, part, command.downgrade, BEFORE[part])
    assert lost(before, rows_of(engine)) == []
    schema.migrate(config, part)
    assert lost(before, rows_of(engine)) == []


@pytest.mark.parametrize("new", list(Part), indirect=True, ids=str)
def test_a_database_of_today_goes_back_and_forth(new: Database) -> None:
    part, config, engine = new
    before = rows_of(engine)
    _alembic(config, part, command.downgrade, BEFORE[part])
    assert lost(before, rows_of(engine)) == []
    schema.migrate(config, part)
    assert {table: len(rows) for table, rows in rows_of(engine).items() if len(rows) < len(before[table])}.keys() <= {
        "closed_institution", "declared_relation", "desk_verification", "hand_over", "recalled_notice", "share_asked",
        "staff_invitation",
    }  # fmt: skip


def test_the_revisions_before_are_followed_by_those_of_ownership() -> None:
    for part, revision in BEFORE.items():
        assert int(revision) < int(schema.head_of(part))
