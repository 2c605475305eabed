"""The first tables of appointments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.messaging.history import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "donor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed_name", sa.String(), nullable=False),
        sa.Column("identity_document_seen", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_messaging_tables()
    op.create_table(
        "file_state",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", JSONB(), nullable=False),
        sa.Column("directions", JSONB(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("has_women_staff", sa.Boolean(), nullable=False),
        sa.Column("is_step_free", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("version >= 1", name="site_version"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "collection_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_women_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 2000", name="capacity_sensible"),
        sa.CheckConstraint("free BETWEEN 0 AND capacity", name="free_within_capacity"),
        sa.CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": 40},
    )
    op.create_index(
        "collection_session_next",
        "collection_session",
        ["site", "starts_at"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("collection_session_starts_at", "collection_session", ["starts_at"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'attended') = (people IS NOT NULL)", name="people_counted_when_attended"),
        sa.CheckConstraint("state IN ('booked', 'cancelled', 'attended', 'missed')", name="state_known"),
        sa.CheckConstraint("places BETWEEN 1 AND 12", name="places_sensible"),
        sa.ForeignKeyConstraint(
            ["session"],
            ["collection_session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("visit_of_reference", "visit", ["reference"], unique=False)
    op.create_index(
        "visit_once_a_session",
        "visit",
        ["session", "reference"],
        unique=True,
        postgresql_where=sa.text("state = 'booked'"),
    )
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=True),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("offered_session", sa.Uuid(), nullable=True),
        sa.Column("offer_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'offered') = (offer_ends_at IS NOT NULL)", name="an_offer_ends"),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'booked', 'ended')", name="state_known"),
        sa.CheckConstraint("places BETWEEN 1 AND 12", name="places_sensible"),
        sa.CheckConstraint("site IS NOT NULL OR governorate IS NOT NULL", name="waits_somewhere"),
        sa.ForeignKeyConstraint(
            ["offered_session"],
            ["collection_session.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "waiting_entry_line",
        "waiting_entry",
        ["site", "since"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("donor", sa.Uuid(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("visit", sa.Uuid(), nullable=True),
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("specimen", sa.String(), nullable=False),
        sa.Column("kit_lot", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("sealed_people", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor"],
            ["donor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit"],
            ["visit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("barcode", name="barcode_once"),
    )
    op.create_index("sample_of_donor", "sample", ["donor"], unique=False)
    op.create_index("sample_of_visit", "sample", ["visit"], unique=False, postgresql_where=sa.text("visit IS NOT NULL"))
    op.create_table(
        "custody_event",
        sa.Column("sample", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('collected', 'handed_over', 'received', 'destroyed')", name="kind_known"),
        sa.CheckConstraint("number >= 1", name="numbered_from_one"),
        sa.ForeignKeyConstraint(
            ["sample"],
            ["sample.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("sample", "number"),
    )
    op.create_table(
        "sample_for",
        sa.Column("sample", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("biological", sa.String(), nullable=False),
        sa.CheckConstraint("biological IN ('yes', 'no', 'unknown')", name="biological_known"),
        sa.ForeignKeyConstraint(
            ["sample"],
            ["sample.id"],
        ),
        sa.PrimaryKeyConstraint("sample", "reference"),
    )
    op.create_index("sample_for_reference", "sample_for", ["reference"], unique=False)
    op.execute(ONLY_ADDED)
    op.execute(HOLD_IT)


ONLY_ADDED = """
CREATE FUNCTION custody_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a custody event is never changed or removed';
END $$
"""
HOLD_IT = """
CREATE TRIGGER custody_is_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_event
FOR EACH STATEMENT EXECUTE FUNCTION custody_is_only_added()
"""
