"""How far a notice's batches are: told about once a second while they move, and once more when they rest."""

import json
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway.settled import heading_of
from shared.database import now
from shared.messages.gateway import BatchProgressed
from shared.messaging.outbox import publish

MOST_OFTEN = timedelta(seconds=1)
AT_A_TIME = 100

# The batch's row is locked before its texts are counted, so that of two counts the later one has the higher version.
TAKE_MOVED = sa.text("""
WITH moved AS (
    SELECT b.id FROM text_batch b
    WHERE EXISTS (SELECT FROM batch_move m WHERE m.batch = b.id) AND (b.told_at IS NULL OR b.told_at <= :before)
    LIMIT :limit FOR UPDATE OF b SKIP LOCKED
), forgotten AS (
    DELETE FROM batch_move WHERE batch IN (SELECT id FROM moved)
)
SELECT id FROM moved
""")
COUNT = sa.text("""
SELECT batch, state, carrier_status, count(*) AS texts FROM outgoing_text WHERE batch = ANY(:batches)
GROUP BY batch, state, carrier_status
""")
TELL = sa.text("""
UPDATE text_batch SET version = version + 1, told_counts = CAST(:counts AS jsonb), told_at = :now WHERE id = :batch
AND told_counts IS DISTINCT FROM CAST(:counts AS jsonb) RETURNING notice, version
""")

Counts = dict[str, int]
KINDS: tuple[str, ...] = get_args(get_args(BatchProgressed.model_fields["counts"].annotation)[0])


def tell_progress(db: Session) -> int:
    """Tell how far the batches are that have moved. Returns how many were told. The caller commits."""
    at = now(db)
    moved = db.connection().scalars(TAKE_MOVED, {"before": at - MOST_OFTEN, "limit": AT_A_TIME}).all()
    for batch, counts in count_batches(db, list(moved)).items():
        _tell(db, batch, counts, at)
    return len(moved)


def count_batches(db: Session, batches: list[UUID]) -> dict[UUID, Counts]:
    """How many of each batch's texts are where."""
    counted: dict[UUID, Counts] = {batch: dict.fromkeys(KINDS, 0) for batch in batches}
    if batches:
        for row in db.connection().execute(COUNT, {"batches": batches}):
            counted[row.batch][heading_of(row.state, row.carrier_status)] += row.texts
    return counted


def _tell(db: Session, batch: UUID, counts: Counts, at: datetime) -> None:
    told: Any = db.connection().execute(TELL, {"batch": batch, "counts": json.dumps(counts), "now": at}).first()
    if told is not None:
        publish(db, BatchProgressed(batch=batch, notice=told.notice, version=told.version, counts=counts))  # pyright: ignore[reportArgumentType]
