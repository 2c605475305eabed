"""What the carrier tells of a text or a call: kept as it comes, and applied in any order, forward only."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import metrics, opting_out
from services.gateway.carrier.error_codes import OPTED_OUT
from services.gateway.carrier.statuses import DELIVERED, FAILED, rank_of
from services.gateway.placed_calls import CallNews, is_call, note_calls
from services.gateway.settled import tell_settled
from services.gateway.texts import note_moves
from shared.database import now
from shared.logs import log
from shared.messages.gateway import RecordDelivery

KEEP = sa.text("""
INSERT INTO delivery_event (carrier_id, status, rank, text, error_code, told_at)
SELECT *, :now FROM unnest(CAST(:carrier_ids AS text[]), CAST(:statuses AS text[]), CAST(:ranks AS int[]),
    CAST(:texts AS uuid[]), CAST(:error_codes AS int[]))
ON CONFLICT DO NOTHING RETURNING carrier_id, status, text
""")
# The sender writes the same rows at the same time: whoever locks them in one order never waits in a circle.
LOCK = sa.text("""
SELECT id FROM outgoing_text WHERE id = ANY(:texts) OR carrier_id = ANY(:carrier_ids) ORDER BY id FOR UPDATE
""")
# A callback with our text's id proves that the carrier has it, whatever our own call brought home.
HAND_OVER = sa.text("""
UPDATE outgoing_text t SET state = 'handed_over', carrier_id = e.carrier_id, settled_at = :now, attempt = NULL,
    lease_until = NULL, reason = NULL, version = t.version + 1
FROM (SELECT DISTINCT ON (text) text, carrier_id FROM delivery_event
      WHERE carrier_id = ANY(:carrier_ids) AND text IS NOT NULL ORDER BY text, told_at) AS e
WHERE t.id = e.text AND t.carrier_id IS NULL AND t.state <> 'refused'
RETURNING t.id, t.batch
""")
# Computed from everything that was told, so that the order of arrival cannot matter.
MOVE_FORWARD = sa.text("""
UPDATE outgoing_text t SET carrier_status = told.status, carrier_rank = told.rank, carrier_error = told.error_code,
    version = t.version + 1
FROM (SELECT carrier_id, max(rank) AS rank, (array_agg(status ORDER BY rank DESC, status))[1] AS status,
        (array_agg(error_code ORDER BY rank DESC, status) FILTER (WHERE error_code IS NOT NULL))[1] AS error_code
      FROM delivery_event WHERE carrier_id = ANY(:carrier_ids) AND rank >= 0 GROUP BY carrier_id) AS told
WHERE t.carrier_id = told.carrier_id AND told.rank >= t.carrier_rank
    AND (told.rank, told.error_code) IS DISTINCT FROM (t.carrier_rank, t.carrier_error)
RETURNING t.id, t.batch, t.carrier_status, t.carrier_error, t.phone_index
""")
UNDER_TWO_IDS = sa.text("""
SELECT count(DISTINCT t.id) FROM outgoing_text t JOIN delivery_event e ON e.text = t.id
WHERE e.carrier_id = ANY(:carrier_ids) AND t.carrier_id <> e.carrier_id
""")


def record_deliveries(db: Session, commands: Sequence[RecordDelivery]) -> None:
    """Keep what the carrier said of many texts, each status once, and move those texts forward that it is news for."""
    connection = db.connection()
    kept = connection.execute(KEEP, {**_columns(commands), "now": now(db)}).all()
    if not kept:
        return
    about = {"carrier_ids": sorted({row.carrier_id for row in kept}), "texts": [r.text for r in kept if r.text]}
    connection.execute(LOCK, about)
    news = {(row.carrier_id, row.status) for row in kept}
    note_calls(db, [_of_call(c) for c in commands if is_call(c.carrier_id) and (c.carrier_id, c.status) in news])
    _note_texts(db, [row for row in kept if not is_call(row.carrier_id)])


def _of_call(command: RecordDelivery) -> CallNews:
    return CallNews(command.carrier_id, command.text, command.status, command.answered_by)


def _note_texts(db: Session, kept: Sequence[Any]) -> None:
    if not kept:
        return
    for row in kept:
        metrics.texts.labels("sms", "out", row.status if rank_of(row.status) >= 0 else "other").inc()
    about, connection = {"carrier_ids": sorted({row.carrier_id for row in kept})}, db.connection()
    handed_over = connection.execute(HAND_OVER, {**about, "now": now(db)}).all()
    moved = connection.execute(MOVE_FORWARD, about).all()
    ended = [row for row in moved if row.carrier_status in DELIVERED | FAILED]
    note_moves(connection, (row.batch for row in (*handed_over, *ended) if row.batch))
    tell_settled(db, [row.id for row in (*handed_over, *ended)])
    for row in moved:
        if row.carrier_error == OPTED_OUT and row.phone_index:
            opting_out.stop_by_carrier(db, row.phone_index)
    _check_sent_once(connection, about)


def _columns(told: Sequence[RecordDelivery]) -> dict[str, Any]:
    return {
        "carrier_ids": [t.carrier_id for t in told],
        "statuses": [t.status for t in told],
        "ranks": [rank_of(t.status) for t in told],
        "texts": [t.text for t in told],
        "error_codes": [t.error_code for t in told],
    }


def _check_sent_once(connection: sa.Connection, about: dict[str, Any]) -> None:
    twice = connection.scalar(UNDER_TWO_IDS, about)
    if twice:
        metrics.sent_twice.inc(twice)
        log.error("sent_twice", count=twice)
