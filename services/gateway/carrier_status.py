"""What the carrier tells of a text: kept as it comes, and applied in any order, forward only."""

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.carrier.statuses import rank_of
from services.gateway.texts import note_moves
from shared.database import now
from shared.logs import log
from shared.messages.gateway import RecordDelivery

KEEP = sa.text("""
INSERT INTO delivery_event (carrier_id, status, rank, text, error_code, told_at)
VALUES (:carrier_id, :status, :rank, :text, :error_code, :now) ON CONFLICT DO NOTHING
""")
# A callback with our text's id proves that the carrier has it, whatever our own call brought home. What a text shows is
# computed from everything that was told, so the order of arrival cannot matter.
APPLY = sa.text("""
UPDATE outgoing_text t SET state = 'handed_over', carrier_id = :carrier_id, settled_at = coalesce(t.settled_at, :now),
    attempt = NULL, lease_until = NULL, reason = NULL, version = t.version + 1,
    carrier_status = told.status, carrier_rank = told.rank, carrier_error = told.error_code
FROM (SELECT (array_agg(status ORDER BY rank DESC, status))[1] AS status, max(rank) AS rank,
    (array_agg(error_code ORDER BY rank DESC, status) FILTER (WHERE error_code IS NOT NULL))[1] AS error_code
    FROM delivery_event WHERE carrier_id = :carrier_id) AS told
WHERE told.rank >= t.carrier_rank
    AND (t.carrier_id = :carrier_id OR (t.id = :text AND t.carrier_id IS NULL AND t.state <> 'refused'))
RETURNING t.batch
""")
OTHER_ID = sa.text("SELECT 1 FROM outgoing_text WHERE id = :text AND carrier_id <> :carrier_id")


def record_delivery(db: Session, command: RecordDelivery) -> None:
    """Keep what the carrier said; a repeat changes nothing, and what is older than what is known neither."""
    row = {
        "carrier_id": command.carrier_id,
        "status": command.status,
        "rank": rank_of(command.status),
        "text": command.text,
        "error_code": command.error_code,
        "now": now(db),
    }
    connection = db.connection()
    if not connection.execute(KEEP, row).rowcount:
        return
    metrics.texts.labels("sms", "out", command.status if row["rank"] >= 0 else "other").inc()
    moved = connection.execute(APPLY, row).first()
    if moved is None:
        _check_sent_once(connection, row)
    elif moved.batch is not None:
        note_moves(connection, [moved.batch])


def _check_sent_once(connection: sa.Connection, row: dict[str, object]) -> None:
    if row["text"] is not None and connection.scalar(OTHER_ID, row):
        metrics.sent_twice.inc()
        log.error("sent_twice", count=1)
