"""Which institution holds a sample: it alone reports on it. Rows from before name none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sample", sa.Column("held_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("sample", "held_by")
