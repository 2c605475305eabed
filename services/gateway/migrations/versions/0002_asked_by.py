"""Which message asked for a text, so that its way can be followed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outgoing_text", sa.Column("asked_by", sa.Uuid(), nullable=True))
    op.create_index(
        "outgoing_text_asked_by",
        "outgoing_text",
        ["asked_by"],
        unique=False,
        postgresql_where=sa.text("asked_by IS NOT NULL"),
    )
    op.add_column("text_batch", sa.Column("asked_by", sa.Uuid(), nullable=True))
    op.create_index("text_batch_asked_by", "text_batch", ["asked_by"], unique=False)


def downgrade() -> None:
    op.drop_index("text_batch_asked_by", table_name="text_batch")
    op.drop_column("text_batch", "asked_by")
    op.drop_index("outgoing_text_asked_by", table_name="outgoing_text")
    op.drop_column("outgoing_text", "asked_by")
