"""The digest of the words that a batch was approved for, and the words whose approval was withdrawn.

Batches from before have none: their texts leave as they were asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("text_batch", sa.Column("words_digest", sa.Text(), nullable=True))
    op.create_table(
        "recalled_notice",
        sa.Column("notice", sa.Uuid(), nullable=False),
        sa.Column("words_digest", sa.Text(), nullable=False),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notice", "words_digest"),
    )


def downgrade() -> None:
    op.drop_table("recalled_notice")
    op.drop_column("text_batch", "words_digest")
