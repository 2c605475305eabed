"""Photos of missing persons, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("sealed_picture", sa.String(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("door IN ('web', 'text', 'call', 'desk')", name="door_known"),
        sa.CheckConstraint("(removed_at IS NULL) = (sealed_picture IS NOT NULL)", name="kept_or_erased"),
        sa.CheckConstraint("removed_at IS NOT NULL OR removed_by IS NULL", name="removed_by_nobody_while_kept"),
        sa.ForeignKeyConstraint(["reference"], ["report.reference"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("photo_of_reference", "photo", ["reference", "added_at"], unique=False)


def downgrade() -> None:
    op.drop_index("photo_of_reference", table_name="photo")
    op.drop_table("photo")
