"""Rows from before moments were bounded: every list shows the others, no upgrade breaks at them, and they are named."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg.errors
import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from portal.accounts import Role
from services.appointments import resync as appointments
from services.outreach import resync as outreach
from services.outreach.meetings import plan_meeting
from shared import schema
from shared.bounded_columns import validate_checks
from shared.database import open_session, utc_now
from shared.messages.outreach import PlanMeeting
from shared.messaging.relay_sql import MEASURED
from shared.parts import Part
from shared.settings import Settings
from tests.actors import staff_of
from tests.service.portal.api.institutions import Institutions
from tests.service.portal.families import Families, log_in
from tests.service.portal.staff import stories
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import said

PartDatabase = Callable[[Part], sa.Engine]
AT_THE_EDGE = ("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "10000-01-01T12:00:00+00:00")
BOUNDED = {
    Part.PORTAL: {"meeting": ["starts_at"], "collection_session": ["starts_at", "ends_at"], "visit": ["starts_at"]},
    Part.OUTREACH: {"meeting": ["starts_at"]},
    Part.APPOINTMENTS: {"collection_session": ["starts_at", "ends_at"]},
}
CHECK = "ALTER TABLE {table} ADD CONSTRAINT {column}_bounded CHECK ({column} BETWEEN '1900-01-01Z' AND '2101-01-01Z')"


@pytest.fixture
def before_the_bounds(part_database: PartDatabase) -> Iterator[PartDatabase]:
    """The databases as they were before their moments were bounded."""
    for part, tables in BOUNDED.items():
        with part_database(part).begin() as db:
            for table, columns in tables.items():
                for column in columns:
                    db.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {column}_bounded")
    yield part_database
    for part, tables in BOUNDED.items():
        with part_database(part).begin() as db:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")  # custody guards itself
            for table, columns in tables.items():
                db.exec_driver_sql(f"TRUNCATE {table} CASCADE")
                for column in columns:
                    db.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {column}_bounded")
                    db.exec_driver_sql(CHECK.format(table=table, column=column))


def a_planned_meeting(database: PartDatabase, **state: object) -> UUID:
    """A meeting in the outreach's own database."""
    usual = {"title": {"en": "A good meeting"}, "place": {"en": "Mosul"}, "governorate": "IQ-NI"}
    meeting = uuid4()
    starts_at = utc_now().replace(year=utc_now().year + 1, day=1)
    with open_session(database(Part.OUTREACH)) as db:
        plan_meeting(db, PlanMeeting(actor=staff_of("mgd"), meeting=meeting, starts_at=starts_at, **usual, **state))
        db.commit()
    return meeting


def copy_to_the_edge(engine: sa.Engine, table: str, key: str, row: UUID, *columns: str) -> None:
    """The same row again under other ids, at each edge of time."""
    with engine.begin() as db:
        for edge in AT_THE_EDGE:
            db.exec_driver_sql(
                f"CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {table} WHERE {key} = '{row}'"
            )
            if "has_room" in {c["name"] for c in sa.inspect(db).get_columns(table)}:
                db.exec_driver_sql("ALTER TABLE copied DROP COLUMN has_room")
            names = [c["name"] for c in sa.inspect(db).get_columns(table) if c["name"] != "has_room"]
            # One that ends a second later, where it has an end.
            values = {c: f"timestamptz '{edge}' + interval '{n} seconds'" for n, c in enumerate(columns)}
            changes = ", ".join(f"{c} = {v}" for c, v in values.items())
            db.exec_driver_sql(f"UPDATE copied SET {key} = gen_random_uuid(), {changes}")
            listed = ", ".join(names)
            db.exec_driver_sql(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM copied")
            db.exec_driver_sql("DROP TABLE copied")


def test_the_publics_and_a_familys_pages_show_the_other_rows(
    client: TestClient, families: Families, before_the_bounds: PartDatabase
) -> None:
    family, session, meeting = families.one(), families.session(), families.meeting(title={"en": "A good meeting"})
    copy_to_the_edge(families.engine, "meeting", "meeting", meeting, "starts_at")
    copy_to_the_edge(families.engine, "collection_session", "session", session, "starts_at", "ends_at")
    bad = [row.meeting for row in families.run("SELECT meeting FROM meeting WHERE meeting <> :m", m=meeting)]
    log_in(client, families, family)
    for path in ("meetings", "meetings.ics", "samples", "status", "status/more", "statistics", f"meetings/{meeting}"):
        page = client.get(f"/en/{path}")
        assert page.status_code == 200, path
        assert "A good meeting" in page.text or "meetings" not in path
    assert {client.get(f"/en/meetings/{each}").status_code for each in bad} == {404}
    assert "Mosul centre" in client.get("/en/samples").text


def test_the_apis_lists_show_the_other_rows(
    client: TestClient, families: Families, before_the_bounds: PartDatabase
) -> None:
    institutions, session = Institutions(client, families.engine), families.session()
    copy_to_the_edge(families.engine, "collection_session", "session", session, "starts_at", "ends_at")
    answer = institutions.call("GET", "/sessions?from=1900-01-02")
    assert answer.status_code == 200
    assert [each["session"] for each in answer.json()["sessions"]] == [str(session)]


@pytest.mark.parametrize("edge", [*AT_THE_EDGE, "no moment"])
def test_a_familys_page_leaves_out_a_step_that_cannot_be_shown(
    client: TestClient, families: Families, edge: str
) -> None:
    family = families.one()
    families.run(
        "UPDATE family_file SET timeline = jsonb_set(timeline, '{0,at}', to_jsonb(cast(:edge AS text)))", edge=edge
    )
    before = REGISTRY.get_sample_value("sila_moments_left_out_total") or 0
    assert log_in(client, families, family).status_code == 200
    assert client.get("/en/status/more").status_code == 200
    assert client.get("/en/status/receipt").status_code == 200
    assert (REGISTRY.get_sample_value("sila_moments_left_out_total") or 0) > before


def test_the_consoles_lists_show_the_other_rows(
    client: TestClient, somebody: Somebody, before_the_bounds: PartDatabase
) -> None:
    meeting, site = a_planned_meeting(before_the_bounds), stories.open_site(before_the_bounds)
    outreach_engine, appointments_engine = before_the_bounds(Part.OUTREACH), before_the_bounds(Part.APPOINTMENTS)
    copy_to_the_edge(outreach_engine, "meeting", "id", meeting, "starts_at")
    session = a_session_at(appointments_engine, site)
    copy_to_the_edge(appointments_engine, "collection_session", "id", session, "starts_at", "ends_at")
    outreach_staff, collectors = somebody(Role.OUTREACH), somebody(Role.SAMPLE_STAFF, institution="mld")
    for path in ("/staff/meetings", "/staff/notices/new", f"/staff/meetings/{meeting}"):
        page = outreach_staff.get(path)
        assert page.status_code == 200, said(page)
        assert "A good meeting" in page.text
    assert outreach_staff.get("/staff/notices").status_code == 200
    for path in (
        "/staff/days",
        f"/staff/days/sessions/{session}",
        "/staff/days?day=2100-12-31",
        "/staff/days?day=1900-01-01",
    ):
        assert collectors.get(path).status_code == 200, path
    with open_session(outreach_engine) as db:
        assert [state.meeting for state in outreach.states(db)] == [meeting]  # pyright: ignore
    with open_session(appointments_engine) as db:
        assert [s.session for s in appointments.states(db) if s.kind == "session_changed"] == [session]  # pyright: ignore


def a_session_at(engine: sa.Engine, site: UUID) -> UUID:
    """A session next year."""
    session = uuid4()
    with engine.begin() as db:
        db.execute(
            sa.text(
                "INSERT INTO collection_session (id, version, site, starts_at, ends_at, capacity, free, is_open,"
                " is_women_only) VALUES (:id, 1, :site, now() + interval '300 days',"
                " now() + interval '300 days 4 hours', 20, 20, true, false)"
            ),
            {"id": session, "site": site},
        )
    return session


def test_an_upgrade_passes_over_such_a_row_names_it_and_takes_no_further_one(
    before_the_bounds: PartDatabase, config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = before_the_bounds(Part.OUTREACH)
    meeting = a_planned_meeting(before_the_bounds)
    copy_to_the_edge(engine, "meeting", "id", meeting, "starts_at")
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    schema.migrate(config, Part.OUTREACH)
    with engine.connect() as db:
        assert validate_checks(db) == ["meeting.starts_at"]
        db.rollback()
        assert db.exec_driver_sql(MEASURED).one().out_of_bounds == 1
    logged = capsys.readouterr().out
    assert "rows_out_of_bounds" in logged
    assert "9999" not in logged
    with pytest.raises(sa.exc.IntegrityError) as refused, engine.begin() as db:
        db.execute(sa.text("UPDATE meeting SET starts_at = '2101-01-02Z' WHERE id = :id"), {"id": meeting})
    assert isinstance(refused.value.orig, psycopg.errors.CheckViolation)
    with engine.begin() as db:
        db.execute(sa.text("DELETE FROM meeting WHERE id <> :id"), {"id": meeting})
    schema.migrate(config, Part.OUTREACH)
    with engine.connect() as db:
        assert validate_checks(db) == []
