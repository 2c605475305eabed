"""The waiting list as families see it; a site's address, hours and phone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("street", "hours"):
        op.add_column("site", sa.Column(name, JSONB(), server_default="{}", nullable=False))
    op.add_column("site", sa.Column("desk_number", sa.String(), nullable=True))
    op.create_table(
        "waiting_entry",
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("contact", sa.Uuid(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.Column("site", sa.Uuid(), nullable=True),
        sa.Column("governorate", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("offer", sa.Uuid(), nullable=True),
        sa.Column("offered_session", sa.Uuid(), nullable=True),
        sa.Column("offer_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'booked', 'ended')", name="state_known"),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index("ix_waiting_entry_reference", "waiting_entry", ["reference"])
