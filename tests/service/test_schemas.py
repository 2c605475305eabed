"""Each part's migrations make the tables that its code has, and the next one is written from the difference."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.tables import PortalTable
from services.appointments.tables import AppointmentsTable
from services.gateway.tables import GatewayTable
from services.matching.tables import MatchingTable
from services.outreach.tables import OutreachTable
from services.reports.tables import ReportsTable
from shared import schema
from shared.parts import Part
from shared.settings import settings

METADATA = {
    Part.REPORTS: ReportsTable.metadata,
    Part.MATCHING: MatchingTable.metadata,
    Part.APPOINTMENTS: AppointmentsTable.metadata,
    Part.OUTREACH: OutreachTable.metadata,
    Part.GATEWAY: GatewayTable.metadata,
    Part.PORTAL: PortalTable.metadata,
}


@pytest.mark.parametrize("part", list(Part))
def test_migrations_and_tables_agree(part: Part, shared_database: Callable[[Part], sa.Engine]) -> None:
    with shared_database(part).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": schema.is_other_type})
        differences = compare_metadata(context, METADATA[part])
    assert differences == []


# Text has two names, and a sequence has its schema's.
COLUMNS = """
SELECT table_name, column_name, is_nullable, identity_generation, generation_expression,
       replace(replace(column_default, %(schema)s || '.', ''), 'character varying', 'text') AS filled_in
FROM information_schema.columns WHERE table_schema = %(schema)s AND table_name <> 'alembic_version'
"""


@pytest.mark.parametrize("part", list(Part))
def test_migrations_and_tables_agree_on_what_the_database_fills_in(
    part: Part, shared_database: Callable[[Part], sa.Engine]
) -> None:
    with shared_database(part).connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA fresh")
        METADATA[part].create_all(connection.execution_options(schema_translate_map={None: "fresh"}))
        migrated, fresh = (
            set(map(tuple, connection.exec_driver_sql(COLUMNS, {"schema": schema}))) for schema in ("public", "fresh")
        )
        connection.rollback()
    assert migrated ^ fresh == set()


def test_the_next_migration_is_written_from_what_the_tables_have_more(
    part_database: Callable[[Part], sa.Engine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = part_database(Part.OUTREACH)
    with engine.begin() as db:
        db.execute(sa.text("DROP TABLE reply CASCADE"))
    history = tmp_path / "migrations"
    (history / "versions").mkdir(parents=True)
    for file in schema.history_of(Part.OUTREACH).rglob("*.py"):
        (history / file.relative_to(schema.history_of(Part.OUTREACH))).write_text(file.read_text())
    monkeypatch.setattr(schema, "history_of", lambda part: history)
    assert engine.url.database
    config = settings().model_copy(update={"database_prefix": engine.url.database.removesuffix("outreach")})
    before = int(schema.head_of(Part.OUTREACH))
    written = schema.autogenerate(config, Part.OUTREACH, "replies again")
    text = written.read_text()
    assert written.name == f"{before + 1:04}_replies_again.py"
    assert text.startswith('"""replies again"""')
    assert 'op.create_table("reply"' in text.replace("'", '"').replace("(\n    ", "(").replace("( ", "(")
    compile(text, str(written), "exec")
    assert list(history.glob("*.mako")) == []
