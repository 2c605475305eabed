"""Days and moments from outside are bounded: rows that are there are looked at afterwards (`sila migrate`)."""

from shared.bounded_columns import DAYS, add_checks, drop_checks

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_checks("stated_date", "earliest", "latest", holds=DAYS)


def downgrade() -> None:
    drop_checks("stated_date", "earliest", "latest")
