"""Progress of a notice: how many of each batch's texts are where, as the gateway tells."""

from sqlmodel import Session

from shared.messages.gateway import BatchProgressed

STATES = ("waiting", "handed_over", "delivered", "failed", "expired", "refused", "unsettled")

# Those left out before the batch left are counted as refused beside those the gateway refused.
NEWEST = """
UPDATE batch SET version = %(version)s, waiting = %(waiting)s, handed_over = %(handed_over)s,
    delivered = %(delivered)s, failed = %(failed)s, expired = %(expired)s, refused = left_out + %(refused)s,
    unsettled = %(unsettled)s
WHERE id = %(batch)s AND version < %(version)s
"""


def follow_batch(db: Session, message: BatchProgressed) -> None:
    """Keep a batch's newest counts."""
    counts = {state: message.counts.get(state, 0) for state in STATES}  # pyright: ignore[reportCallIssue, reportArgumentType]
    db.connection().exec_driver_sql(NEWEST, {"batch": message.batch, "version": message.version, **counts})
