"""A database from before institutions had kinds: nobody loses access by the upgrade."""

import importlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from psycopg.types.json import Jsonb

from shared import schema
from shared.database import engine_of
from shared.parts import Part
from shared.settings import Settings, settings

MIGRATION = importlib.import_module("portal.migrations.versions.0008_people_and_keys")
STAFF = {
    "both": ["intake", "operator"],
    "lab": ["laboratory"],
    "lab-only": ["sample_staff"],
    "partner": ["outreach"],
    "fresh": [],
    "by-api": [],
}
KINDS = {
    "both": {"takes_reports", "oversight"},
    "lab": {"takes_reports", "laboratory"},
    "lab-only": {"laboratory"},
    "partner": {"outreach_partner"},
    "fresh": {"takes_reports"},
    "by-api": {"takes_reports", "laboratory"},
}


@pytest.fixture
def before(sila_environment: dict[str, str]) -> Iterator[Settings]:
    """Settings of a database that is one step before the migration, and had institutions before that."""
    config = settings().model_copy(update={"database_prefix": f"t{uuid4().hex[:6]}_before_"})
    schema.create_database(config, Part.PORTAL)
    with schema._connected(config, Part.PORTAL) as (connection, alembic):  # pyright: ignore[reportPrivateUsage]
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0005")
        connection.execute(
            sa.text("INSERT INTO institution (institution, name) VALUES ('fresh', '{\"en\": \"fresh\"}')")
        )
        command.upgrade(alembic, MIGRATION.down_revision)
    yield config
    server = sa.create_engine(f"{config.database_url}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{config.database_prefix}portal" WITH (FORCE)'))


def test_kinds_follow_from_what_is_there_and_keys_get_another_year(before: Settings) -> None:
    engine = engine_of(Part.PORTAL, before)
    with engine.begin() as db:
        for code, roles in STAFF.items():
            takes_reports = code not in {"lab-only", "partner"}
            db.execute(
                sa.text(
                    "INSERT INTO institution (institution, name, takes_reports) VALUES (:code, :name, :takes)"
                    " ON CONFLICT DO NOTHING"
                ),
                {"code": code, "name": Jsonb({"en": code}), "takes": takes_reports},
            )
            if roles:
                db.execute(
                    sa.text(
                        "INSERT INTO staff (staff, email, name, password_hash, sealed_totp_secret, roles, institution)"
                        " VALUES (:staff, :email, 'x', 'x', 'x', :roles, :code)"
                    ),
                    {"staff": uuid4(), "email": f"a@{code}.example", "roles": roles, "code": code},
                )
        key = {"key": uuid4(), "digest": b"x"}
        insert = (
            "INSERT INTO api_key (api_key, key_digest, institution, scopes)"
            " VALUES (:key, :digest, 'by-api', '{reports}')"
        )
        db.execute(sa.text(insert), key)
        handed_in = (
            "INSERT INTO audit_entry (at, door, institution, action, subject)"
            " VALUES (now(), 'api', 'by-api', 'handed_in_laboratory_report', 'x')"
        )
        db.execute(sa.text(handed_in))
    schema.migrate(before, Part.PORTAL)
    with engine.connect() as db:
        rows = db.execute(sa.text("SELECT institution, kinds FROM institution WHERE institution = ANY(:codes)"),
                          {"codes": list(KINDS)})  # fmt: skip
        assert {row.institution: set(row.kinds) for row in rows} == KINDS
        own = db.execute(sa.text("SELECT name, kinds FROM institution WHERE institution = 'central'")).one()
        assert (set(own.name), own.kinds) == ({"en", "ar", "ckb", "kmr-Arab", "kmr"}, ["takes_reports"])
        kept = db.execute(sa.text("SELECT expires_at - now() AS lives, owner_staff, owner_contact FROM api_key")).one()
        assert kept.lives.days in {364, 365}
        assert (kept.owner_staff, kept.owner_contact) == (None, None)
        assert db.scalar(sa.text("SELECT count(*) FROM staff WHERE password_hash = 'x'")) == 4
    with schema._connected(before, Part.PORTAL) as (connection, alembic):  # pyright: ignore[reportPrivateUsage]
        alembic.attributes["connection"] = connection
        command.downgrade(alembic, MIGRATION.down_revision)
    with engine.connect() as db:
        flags = db.execute(sa.text("SELECT institution FROM institution WHERE takes_reports ORDER BY institution"))
        assert {row.institution for row in flags} == {"both", "by-api", "central", "fresh", "lab"}
    engine.dispose()
