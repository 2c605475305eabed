"""The first tables of outreach."""

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
        "audience_member",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("may_be_told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(
        "audience_member_contact", "audience_member", ["contact"], unique=False, postgresql_where=sa.text("may_be_told")
    )
    op.create_index(
        "audience_member_place",
        "audience_member",
        ["governorate", "event"],
        unique=False,
        postgresql_where=sa.text("may_be_told"),
    )
    create_messaging_tables()
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", JSONB(), nullable=False),
        sa.Column("place", JSONB(), nullable=False),
        sa.Column("governorate", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "recipient",
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("notice", "contact"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("audience", JSONB(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_for", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_batch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("sent_through", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "is_automatic OR approved_by IS NOT NULL OR state IN ('draft', 'stopped')", name="approved_before_it_goes"
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'approved', 'running', 'paused', 'stopped', 'done', 'expired')", name="state_known"
        ),
        sa.CheckConstraint("template IN ('townhall', 'townhall_changed', 'townhall_cancelled')", name="template_known"),
        sa.CheckConstraint("(sent = 0) = (sent_through IS NULL)", name="sent_through_somebody"),
        sa.CheckConstraint("approved_by <> drafted_by", name="approved_by_another"),
        sa.CheckConstraint("sent BETWEEN 0 AND asked", name="sent_within_asked"),
        sa.ForeignKeyConstraint(
            ["meeting"],
            ["meeting.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_of_meeting", "notice", ["meeting"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("handed_over", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("expired", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("unsettled", sa.Integer(), nullable=False),
        sa.CheckConstraint("refused >= left_out", name="left_out_counted"),
        sa.ForeignKeyConstraint(
            ["notice"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("batch_of_notice", "batch", ["notice"], unique=False)
    op.create_table(
        "last_question",
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("contact"),
    )
    op.create_table(
        "reply",
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("answer IN ('yes', 'no')", name="answer_known"),
        sa.CheckConstraint("people BETWEEN 1 AND 12", name="people_sensible"),
        sa.ForeignKeyConstraint(
            ["notice"],
            ["notice.id"],
        ),
        sa.PrimaryKeyConstraint("notice", "contact"),
    )
    op.create_index("reply_of_contact", "reply", ["contact"], unique=False)
