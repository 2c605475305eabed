"""What families are asked (a hand-over, who may read), who answers them by when, and who verified a caller."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWN_DESK = """
INSERT INTO institution (institution, name)
SELECT 'central', jsonb_build_object(
    'en', 'The record''s own desk', 'ar', 'مكتب السجل المركزي', 'ckb', 'نووسینگەی تۆماری ناوەندی')
WHERE EXISTS (SELECT FROM institution)
ON CONFLICT (institution) DO NOTHING
"""
"""Reports that families make themselves belong to it. A new system stays empty: a backup may come back into it."""


def upgrade() -> None:
    none = postgresql.JSONB(none_as_null=True)
    op.add_column("family_file", sa.Column("hand_over", none, nullable=True))
    empty = sa.text("'{}'")
    op.add_column("family_file", sa.Column("share_asked", postgresql.ARRAY(sa.Text()), server_default=empty, nullable=False))  # fmt: skip
    op.add_column("concern", sa.Column("desk", sa.String(), nullable=True))
    op.add_column("concern", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("concern", sa.Column("is_late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("contact", sa.Column("logs_in_from", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "desk_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("staff", sa.Uuid(), nullable=False),
        sa.Column("institution", sa.String(), nullable=False),
        sa.Column("checks", postgresql.ARRAY(sa.Text()), server_default=empty, nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("desk_verification_of_reference", "desk_verification", ["reference", "expires_at"])
    op.execute(OWN_DESK)


def downgrade() -> None:
    op.drop_table("desk_verification")
    op.drop_column("contact", "logs_in_from")
    for column in ("is_late", "due_at", "desk"):
        op.drop_column("concern", column)
    for column in ("share_asked", "hand_over"):
        op.drop_column("family_file", column)
