"""How a desk that changed a family's number made sure that it spoke with the family."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("phone", sa.Column("verification", JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("phone", "verification")
