"""The gateway's first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.messaging.history import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("batch_move_batch", "batch_move", ["batch"], unique=False)
    op.create_table(
        "carrier_pace",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'call', 'whatsapp')", name="channel_known"),
        sa.CheckConstraint("language IN ('ar', 'ckb', 'kmr-Arab', 'kmr', 'en')", name="language_known"),
        sa.CheckConstraint("(sealed_phone IS NULL) = (phone_index IS NULL)", name="phone_with_index"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contact_phone_index", "contact", ["phone_index"], unique=False)
    op.create_table(
        "delivery_event",
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carrier_id", "status"),
    )
    op.create_index("delivery_event_text", "delivery_event", ["text"], unique=False)
    op.create_index("delivery_event_told_at", "delivery_event", ["told_at"], unique=False, postgresql_using="brin")
    create_messaging_tables()
    op.create_table(
        "incoming_text",
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.Text(), nullable=False),
        sa.Column("sealed_phone", sa.Text(), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=True),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carrier_id"),
    )
    op.create_index("incoming_text_phone_index", "incoming_text", ["phone_index"], unique=False)
    op.create_table(
        "opt_out_choice",
        sa.Column("phone_index", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name="opt_out_version"),
        sa.PrimaryKeyConstraint("phone_index"),
    )
    op.create_table(
        "text_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("text_batch_notice", "text_batch", ["notice"], unique=False)
    op.create_table(
        "outgoing_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("text_class", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=True),
        sa.Column("sealed_phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("passes_opt_out", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=True),
        sa.Column("notice", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settling_tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("body_digest", sa.Text(), nullable=True),
        sa.Column("segments", sa.SmallInteger(), nullable=True),
        sa.Column("carrier_id", sa.Text(), nullable=True),
        sa.Column("carrier_status", sa.Text(), nullable=True),
        sa.Column("carrier_rank", sa.SmallInteger(), server_default="-1", nullable=False),
        sa.Column("carrier_error", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'handed_over' OR carrier_id IS NOT NULL", name="handed_over_is_known"),
        sa.CheckConstraint(
            "state <> 'sending' OR (attempt IS NOT NULL AND lease_until IS NOT NULL AND body_digest IS NOT NULL AND phone_index IS NOT NULL)",
            name="sending_under_a_lease",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'handed_over', 'expired', 'refused', 'unsettled')", name="state_known"
        ),
        sa.CheckConstraint("text_class IN ('answer', 'code', 'reminder', 'case', 'notice')", name="text_class_known"),
        sa.CheckConstraint("contact IS NOT NULL OR phone_index IS NOT NULL", name="has_a_receiver"),
        sa.CheckConstraint("lane BETWEEN 0 AND 2", name="lane_known"),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["text_batch.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch", "contact", name="once_a_batch"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "one_in_flight_per_phone",
        "outgoing_text",
        ["phone_index"],
        unique=True,
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("outgoing_text_carrier_id", "outgoing_text", ["carrier_id"], unique=True)
    op.create_index(
        "outgoing_text_confirming",
        "outgoing_text",
        ["phone_index"],
        unique=False,
        postgresql_where=sa.text("template = 'confirm_phone'"),
    )
    op.create_index("outgoing_text_contact", "outgoing_text", ["contact"], unique=False)
    op.create_index(
        "outgoing_text_lease",
        "outgoing_text",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "outgoing_text_not_after",
        "outgoing_text",
        ["not_after"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "outgoing_text_notice",
        "outgoing_text",
        ["notice"],
        unique=False,
        postgresql_where=sa.text("notice IS NOT NULL"),
    )
    op.create_index(
        "outgoing_text_unaddressed",
        "outgoing_text",
        ["contact"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' AND phone_index IS NULL"),
    )
    op.create_index(
        "outgoing_text_waiting",
        "outgoing_text",
        ["lane", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' AND phone_index IS NOT NULL"),
    )
