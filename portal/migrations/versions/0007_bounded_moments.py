"""Days and moments from outside are bounded: rows that are there are looked at afterwards (`sila migrate`)."""

from shared.bounded_columns import add_checks, drop_checks

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BOUNDED = {
    "collection_session": ("starts_at", "ends_at"),
    "visit": ("starts_at",),
    "waiting_entry": ("since", "offer_ends_at"),
    "meeting": ("starts_at",),
    "concern": ("raised_at", "answered_at", "due_at"),
    "photo": ("added_at",),
}


def upgrade() -> None:
    for table, columns in BOUNDED.items():
        add_checks(table, *columns)


def downgrade() -> None:
    for table, columns in BOUNDED.items():
        drop_checks(table, *columns)
