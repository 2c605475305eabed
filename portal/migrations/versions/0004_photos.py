"""That families have given photos of missing persons."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("photo", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('kept', 'removed')", name="state_known"),
        sa.PrimaryKeyConstraint("photo"),
    )
    op.create_index("photo_of_reference", "photo", ["reference", "added_at"], unique=False)


def downgrade() -> None:
    op.drop_index("photo_of_reference", table_name="photo")
    op.drop_table("photo")
