"""What a second person approves: the words of a notice, and what is listed in public.

A notice that could still go out was approved without its words: its approval does not hold any more, and a second
person approves it again. A meeting that is listed stays listed as it is; its next change needs a second person.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = "state IN ('draft', 'approved', 'running', 'paused', {}'stopped', 'done', 'expired')"
WAITING = "approved_by IS NOT NULL OR state IN ('draft', {}'stopped'{})"


def upgrade() -> None:
    op.add_column("meeting", sa.Column("changed_by", sa.Uuid(), nullable=True))
    op.add_column("meeting", sa.Column("partners", JSONB(), server_default="[]", nullable=False))
    op.add_column("meeting", sa.Column("is_public_wanted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("meeting", sa.Column("published_digest", sa.String(), nullable=True))
    op.add_column("meeting", sa.Column("published_by", sa.Uuid(), nullable=True))
    op.execute("UPDATE meeting SET is_public_wanted = is_public")
    op.add_column("notice", sa.Column("words", JSONB(), nullable=True))
    op.add_column("notice", sa.Column("words_digest", sa.String(), nullable=True))
    op.add_column("notice", sa.Column("approved_digest", sa.String(), nullable=True))
    op.drop_constraint("state_known", "notice")
    op.drop_constraint("approved_before_it_goes", "notice")
    op.execute(
        "UPDATE notice SET state = 'void', approved_by = NULL, approved_for = NULL, version = version + 1 "
        "WHERE state IN ('approved', 'running', 'paused')"
    )
    op.create_check_constraint("state_known", "notice", STATES.format("'void', "))
    op.create_check_constraint("approved_before_it_goes", "notice", WAITING.format("'void', ", ", 'done', 'expired'"))


def downgrade() -> None:
    op.drop_constraint("approved_before_it_goes", "notice")
    op.drop_constraint("state_known", "notice")
    op.execute("UPDATE notice SET state = 'draft' WHERE state = 'void'")
    op.create_check_constraint("state_known", "notice", STATES.format(""))
    op.create_check_constraint("approved_before_it_goes", "notice", "is_automatic OR " + WAITING.format("", ""))
    for column in ("approved_digest", "words_digest", "words"):
        op.drop_column("notice", column)
    for column in ("published_by", "published_digest", "is_public_wanted", "partners", "changed_by"):
        op.drop_column("meeting", column)
