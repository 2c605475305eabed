"""Texts that are spoken, and the calls that were placed for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outgoing_text", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column("outgoing_text", sa.Column("carried_as", sa.Text(), server_default="sms", nullable=False))
    op.create_check_constraint("channel_known", "outgoing_text", "channel IN ('sms', 'call')")
    op.create_check_constraint("carried_as_known", "outgoing_text", "carried_as IN ('sms', 'call')")
    op.create_table(
        "placed_call",
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("is_heard", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("carrier_id"),
    )
    op.create_index("placed_call_text", "placed_call", ["text"])
    op.create_index("placed_call_open", "placed_call", ["placed_at"], postgresql_where=sa.text("ended_at IS NULL"))
