"""What families say of their files, whom they trust, and what their files tell of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AGREED_TO = """
UPDATE report SET agreed_to = (
    SELECT coalesce(jsonb_agg(purpose ORDER BY purpose), '[]') FROM (
        SELECT DISTINCT ON (purpose) purpose, is_given FROM consent
        WHERE consent.reference = report.reference AND purpose IN ('compare_abroad', 'publish', 'use_in_proceedings')
        ORDER BY purpose, id DESC
    ) AS last_word WHERE is_given
)
"""
WANTS_TO_WAIT = """
UPDATE report SET wants_to_wait = true FROM (
    SELECT DISTINCT ON (reference) reference, tell_when FROM wishes ORDER BY reference, id DESC
) AS last_word WHERE last_word.reference = report.reference AND tell_when = 'not_yet'
"""


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("concern_kind", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=True),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("concern_kind IN ('correction', 'complaint', 'question')", name="concern_kind_known"),
        sa.CheckConstraint("door IN ('web', 'text', 'call', 'desk')", name="door_known"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (sealed_answer IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)",
            name="answered_by_somebody",
        ),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("concern_of_reference", "concern", ["reference", "raised_at"], unique=False)
    op.create_index(
        "concern_open", "concern", ["raised_at"], unique=False, postgresql_where=sa.text("answered_at IS NULL")
    )
    op.create_table(
        "second_contact",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gateway_sealed", sa.String(), nullable=True),
        sa.Column("number_index", sa.String(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(gateway_sealed IS NULL) = (number_index IS NULL)", name="whole_or_none"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.add_column("report", sa.Column("agreed_to", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.add_column("report", sa.Column("would_help", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.add_column("report", sa.Column("wants_to_wait", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("report", sa.Column("contact_person", sa.Uuid(), nullable=True))
    op.execute(AGREED_TO)
    op.execute(WANTS_TO_WAIT)


def downgrade() -> None:
    op.drop_column("report", "contact_person")
    op.drop_column("report", "wants_to_wait")
    op.drop_column("report", "would_help")
    op.drop_column("report", "agreed_to")
    op.drop_table("second_contact")
    op.drop_index("concern_open", table_name="concern", postgresql_where=sa.text("answered_at IS NULL"))
    op.drop_index("concern_of_reference", table_name="concern")
    op.drop_table("concern")
