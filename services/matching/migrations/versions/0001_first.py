"""First: samples, laboratory reports and their review, contacts with families, and the messaging tables."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.history import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_messaging_tables()
    op.create_table(
        "family",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("institution", sa.String(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("routine_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(
        "family_routine_contact_at",
        "family",
        ["routine_contact_at"],
        unique=False,
        postgresql_where=sa.text("routine_contact_at IS NOT NULL"),
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("donor", sa.Uuid(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('collected', 'received', 'usable', 'repeat_needed')", name="state_known"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("barcode"),
    )
    op.create_index(op.f("ix_sample_donor"), "sample", ["donor"], unique=False)
    op.create_table(
        "contact_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_manager", sa.Uuid(), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(version > 0) = (state <> 'planned')", name="version_is_of_what_was_told"),
        sa.CheckConstraint("state <> 'assigned' OR case_manager IS NOT NULL", name="assigned_to_somebody"),
        sa.CheckConstraint("state <> 'requested' OR case_manager IS NULL", name="requested_of_nobody_yet"),
        sa.CheckConstraint("state IN ('planned', 'requested', 'assigned', 'met')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["family.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "contact_request_case_manager",
        "contact_request",
        ["case_manager"],
        unique=False,
        postgresql_where=sa.text("state <> 'met'"),
    )
    op.create_index(
        "contact_request_open",
        "contact_request",
        ["reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'met'"),
    )
    op.create_index(op.f("ix_contact_request_reference"), "contact_request", ["reference"], unique=False)
    op.create_table(
        "laboratory_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("sealed_report", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=True),
        sa.Column("sample", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('result', 'match')", name="kind_known"),
        sa.ForeignKeyConstraint(
            ["sample"],
            ["sample.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_laboratory_report_number_index"), "laboratory_report", ["number_index"], unique=False)
    op.create_table(
        "sample_family",
        sa.Column("sample", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample"],
            ["sample.id"],
        ),
        sa.PrimaryKeyConstraint("sample", "reference"),
    )
    op.create_index(op.f("ix_sample_family_reference"), "sample_family", ["reference"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("remains_index", sa.String(), nullable=False),
        sa.Column("sealed_findings", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_reviewer", sa.Uuid(), nullable=True),
        sa.Column("second_reviewer", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(decided_at IS NOT NULL) = (state IN ('confirmed', 'rejected'))", name="decided_once"),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (first_reviewer IS NOT NULL AND second_reviewer IS NOT NULL)",
            name="confirmed_by_two",
        ),
        sa.CheckConstraint("state IN ('to_check', 'in_review', 'confirmed', 'rejected')", name="state_known"),
        sa.CheckConstraint("first_reviewer <> second_reviewer", name="reviewers_differ"),
        sa.CheckConstraint("handed_in_by NOT IN (first_reviewer, second_reviewer)", name="not_reviewed_by_its_author"),
        sa.ForeignKeyConstraint(
            ["id"],
            ["laboratory_report.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_match_remains_index"), "match", ["remains_index"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("contact_request", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("sealed_account", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_request"],
            ["contact_request.id"],
        ),
        sa.PrimaryKeyConstraint("contact_request"),
    )
    op.create_table(
        "match_donor",
        sa.Column("match", sa.Uuid(), nullable=False),
        sa.Column("sample", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["match"],
            ["match.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sample"],
            ["sample.id"],
        ),
        sa.PrimaryKeyConstraint("match", "sample"),
    )
    op.create_table(
        "occasion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_request", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("match", sa.Uuid(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'grave') = (match IS NOT NULL)", name="grave_by_a_match"),
        sa.CheckConstraint("kind IN ('routine', 'grave')", name="kind_known"),
        sa.CheckConstraint("reason IN ('by_plan', 'desk', 'repeat_sample', 'match')", name="reason_known"),
        sa.ForeignKeyConstraint(
            ["contact_request"],
            ["contact_request.id"],
        ),
        sa.ForeignKeyConstraint(
            ["match"],
            ["match.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_request", "match", name="occasion_of_a_match_once"),
    )
    op.create_index(op.f("ix_occasion_contact_request"), "occasion", ["contact_request"], unique=False)
    op.create_table(
        "review",
        sa.Column("match", sa.Uuid(), nullable=False),
        sa.Column("reviewer", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("sealed_opinion", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('confirm', 'reject')", name="decision_known"),
        sa.ForeignKeyConstraint(
            ["match"],
            ["match.id"],
        ),
        sa.PrimaryKeyConstraint("match", "reviewer"),
    )
