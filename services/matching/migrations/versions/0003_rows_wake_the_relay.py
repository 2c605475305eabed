"""An outbox row wakes the relay by itself."""

from shared.messaging.history import let_rows_wake_the_relay, let_writers_wake_the_relay

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    let_rows_wake_the_relay()


def downgrade() -> None:
    let_writers_wake_the_relay()
