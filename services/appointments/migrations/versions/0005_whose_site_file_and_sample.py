"""Which institution runs a site, is responsible for a file, and holds a sample.

Rows from before name none: `sila site assign` says who runs a site, a file's next change says who is responsible, and a
sample without a holder is held by the institution that runs its site.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = (
    ("site", "institution"),
    ("file_state", "institution"),
    ("sample", "held_by"),
    ("sample", "handed_to"),
    ("custody_event", "institution"),
    ("custody_event", "recipient"),
)


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.String(), nullable=True))


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
