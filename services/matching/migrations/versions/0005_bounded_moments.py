"""Days and moments from outside are bounded: rows that are there are looked at afterwards (`sila migrate`)."""

from shared.bounded_columns import add_checks, drop_checks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BOUNDED = {
    "contact_request": ("met_at",),
}


def upgrade() -> None:
    for table, columns in BOUNDED.items():
        add_checks(table, *columns)


def downgrade() -> None:
    for table, columns in BOUNDED.items():
        drop_checks(table, *columns)
