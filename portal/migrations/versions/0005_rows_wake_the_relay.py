"""An outbox row wakes the relay by itself."""

from shared.messaging.history import let_rows_wake_the_relay, let_writers_wake_the_relay

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    let_rows_wake_the_relay("unsent_code")  # the shape and the work are the outbox's


def downgrade() -> None:
    let_writers_wake_the_relay("unsent_code")
