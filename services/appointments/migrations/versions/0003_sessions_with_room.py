"""Sessions with room, by site and time: those that are full are passed over."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX, TABLE = "collection_session_with_room", "collection_session"


def upgrade() -> None:
    has_room = sa.Column("has_room", sa.Boolean(), sa.Computed("free > 0", persisted=True), nullable=False)
    op.add_column(TABLE, has_room)
    op.create_index(INDEX, TABLE, ["site", "starts_at"], postgresql_where=sa.text("is_open AND has_room"))


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "has_room")
