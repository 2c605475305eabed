"""Families that want to wait."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REASONS = ("by_plan", "desk", "repeat_sample", "match")


def set_reasons(*reasons: str) -> None:
    op.drop_constraint("reason_known", "occasion", type_="check")
    op.create_check_constraint("reason_known", "occasion", f"reason IN ({', '.join(map(repr, reasons))})")


def upgrade() -> None:
    op.add_column("family", sa.Column("wants_to_wait", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    set_reasons(*REASONS, "ready")


def downgrade() -> None:
    op.execute("UPDATE occasion SET reason = 'by_plan' WHERE reason = 'ready'")
    set_reasons(*REASONS)
    op.drop_column("family", "wants_to_wait")
