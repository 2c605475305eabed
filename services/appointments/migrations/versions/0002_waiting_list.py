"""The waiting list's offers; a site's street, hours and phone; consent to a transfer; who holds a sample."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("street", "hours"):
        op.add_column("site", sa.Column(name, JSONB(), server_default="{}", nullable=False))
    op.add_column("site", sa.Column("desk_number", sa.String(), nullable=True))
    for table in ("visit", "waiting_entry"):
        consents = sa.Column("consents_to_transfer", sa.Boolean(), server_default=sa.false(), nullable=False)
        op.add_column(table, consents)
    for name in ("holder", "seal"):
        op.add_column("custody_event", sa.Column(name, sa.String(), nullable=True))
    _waiting_entry()
    op.create_table(
        "past_offer",
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["waiting_entry.id"]),
        sa.ForeignKeyConstraint(["session"], ["collection_session.id"]),
        sa.PrimaryKeyConstraint("entry", "session"),
    )


def _waiting_entry() -> None:
    op.add_column("waiting_entry", sa.Column("session", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "waiting_entry", "collection_session", ["session"], ["id"])
    op.add_column(
        "waiting_entry", sa.Column("takes_women_only", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("waiting_entry", sa.Column("offer", sa.Uuid(), nullable=True))
    op.add_column("waiting_entry", sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))
    op.add_column("waiting_entry", sa.Column("ended_because", sa.String(), nullable=True))
    op.drop_constraint("an_offer_ends", "waiting_entry")
    op.create_check_constraint(
        "an_offer_ends",
        "waiting_entry",
        "(state = 'offered') = (offer_ends_at IS NOT NULL)"
        " AND (state = 'offered') = (offer IS NOT NULL AND offered_session IS NOT NULL)",
    )
    op.create_check_constraint(
        "an_end_has_a_reason", "waiting_entry", "(state = 'ended') = (ended_because IS NOT NULL)"
    )
    op.create_check_constraint("a_day_is_at_a_site", "waiting_entry", "session IS NULL OR site IS NOT NULL")
    op.create_index(
        "waiting_once",
        "waiting_entry",
        ["reference"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "waiting_entry_offers",
        "waiting_entry",
        ["offered_session"],
        postgresql_where=sa.text("state = 'offered'"),
    )
