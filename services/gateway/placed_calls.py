"""Calls that speak a text: what the carrier and our own voice door tell of them, and whether one more try is made.

A text is told once somebody has pressed the key and heard it. A phone that is busy, that nobody or a machine answers,
is tried a few more times, never beside another try: the next one is only due once the last has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.carrier.port import Carrier, CarrierSilent
from services.gateway.carrier.statuses import CALL, CALL_ENDS, HEARD, RANKS, UNHEARD
from services.gateway.settled import tell_settled
from services.gateway.texts import note_moves
from services.gateway.waking import wake_sender_at_commit
from shared.database import now
from shared.messages.gateway import Template

PAUSES = (timedelta(minutes=30), timedelta(hours=3))
PAUSES_OF: Mapping[str, tuple[timedelta, ...]] = {
    Template.OTP: (timedelta(seconds=30),),
    Template.RING_BACK: (timedelta(minutes=1),),
}
"""How long after a call that was not heard the next one is due; as many as there are pauses. Whoever waits for a
code or for our call sits by the phone."""
OVERDUE = timedelta(minutes=20)
AT_A_TIME = 20

KEEP = sa.text("""
INSERT INTO placed_call AS p (carrier_id, text, status, answered_by, is_heard, placed_at, ended_at)
VALUES (:carrier_id, :text, :status, :answered_by, :is_heard, :now,
    CASE WHEN :is_over THEN CAST(:now AS timestamptz) END)
ON CONFLICT (carrier_id) DO UPDATE SET
    status = CASE WHEN p.ended_at IS NOT NULL OR excluded.is_heard THEN p.status ELSE excluded.status END,
    answered_by = coalesce(excluded.answered_by, p.answered_by), is_heard = p.is_heard OR excluded.is_heard,
    ended_at = coalesce(p.ended_at, excluded.ended_at)
RETURNING is_heard, ended_at IS NOT NULL AS is_over, status
""")
TEXT_OF = sa.text("SELECT text FROM placed_call WHERE carrier_id = :carrier_id")
TEXT = sa.text("""
SELECT t.state, t.template, t.carrier_id, t.carrier_status, t.not_after, t.batch,
    (SELECT count(*) FROM placed_call p WHERE p.text = t.id) AS calls
FROM outgoing_text t WHERE t.id = :text FOR UPDATE
""")
MOVE = sa.text("""
UPDATE outgoing_text SET state = 'handed_over', carrier_id = :carrier_id, carrier_status = :status,
    carrier_rank = :rank, settled_at = :now, attempt = NULL, lease_until = NULL, reason = NULL,
    version = version + 1 WHERE id = :text
""")
TRY_AGAIN = sa.text("""
UPDATE outgoing_text SET state = 'waiting', carrier_id = NULL, carrier_status = NULL, carrier_rank = -1,
    due_at = :due_at, settled_at = NULL, attempt = NULL, lease_until = NULL, reason = :reason,
    version = version + 1 WHERE id = :text
""")
SILENT_FOR_LONG = sa.text("""
SELECT carrier_id, text FROM placed_call WHERE ended_at IS NULL AND placed_at < :before ORDER BY placed_at LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class CallNews:
    """What was told of a call: a status of the carrier's, or `heard`."""

    carrier_id: str
    text: UUID | None
    status: str
    answered_by: str | None = None


def is_call(carrier_id: str) -> bool:
    """Whether a carrier's id is a call's."""
    return carrier_id.startswith(CALL)


def note_calls(db: Session, news: Sequence[CallNews]) -> None:
    """Write what was told of calls, in whatever order it comes. The caller has locked the texts, and commits."""
    for told in news:
        text = told.text or db.connection().scalar(TEXT_OF, {"carrier_id": told.carrier_id})
        if text is not None:
            _note(db, text, told)


def _note(db: Session, text: UUID, told: CallNews) -> None:
    found = db.connection().execute(TEXT, {"text": text}).mappings().first()
    row = dict(found) if found else None
    if row is None or row["state"] == "refused":
        return
    call = _keep(db, text, told)
    if row["carrier_status"] == HEARD:
        return
    if call["is_heard"]:
        _move(db, text, told.carrier_id, HEARD)
    elif row["carrier_id"] in (None, told.carrier_id):
        _end(db, text, told, row) if call["is_over"] else _move(db, text, told.carrier_id, told.status)
    note_moves(db.connection(), [row["batch"]] if row["batch"] else [])
    tell_settled(db, [text])


def _keep(db: Session, text: UUID, told: CallNews) -> Mapping[str, Any]:
    is_heard = told.status == HEARD
    row = {
        "carrier_id": told.carrier_id,
        "text": text,
        "status": "in_progress" if is_heard else told.status,
        "answered_by": told.answered_by,
        "is_heard": is_heard,
        "is_over": told.status in CALL_ENDS,
        "now": now(db),
    }
    return dict(db.connection().execute(KEEP, row).mappings().one())


def _end(db: Session, text: UUID, told: CallNews, row: Mapping[str, Any]) -> None:
    """A call is over and nobody heard it: one more, while there are tries and time."""
    status = UNHEARD if told.status == "completed" else told.status
    metrics.texts.labels("call", "out", status).inc()
    calls = db.connection().execute(TEXT, {"text": text}).mappings().one()["calls"]
    pauses = PAUSES_OF.get(row["template"], PAUSES)
    due_at = now(db) + pauses[calls - 1] if calls <= len(pauses) else None
    if due_at is None or due_at >= row["not_after"]:
        _move(db, text, told.carrier_id, status)
        return
    db.connection().execute(TRY_AGAIN, {"text": text, "due_at": due_at, "reason": f"call_{status}"})
    wake_sender_at_commit(db)


def _move(db: Session, text: UUID, carrier_id: str, status: str) -> None:
    if status == HEARD:
        metrics.texts.labels("call", "out", HEARD).inc()
    row = {"text": text, "carrier_id": carrier_id, "status": status, "rank": RANKS.get(status, 1), "now": now(db)}
    db.connection().execute(MOVE, row)


def overdue_calls(db: Session) -> list[CallNews]:
    """Calls of which nothing was heard for long: the carrier tells of an end once, and does not repeat it."""
    asked = {"before": now(db) - OVERDUE, "limit": AT_A_TIME}
    return [CallNews(r.carrier_id, r.text, "") for r in db.connection().execute(SILENT_FOR_LONG, asked)]


def ask_after(carrier: Carrier, call: CallNews) -> CallNews | None:
    """How a call stands, asked of the carrier; None while it is not over, or nobody can say."""
    try:
        found = carrier.find_call(call.carrier_id)
    except CarrierSilent:
        return None
    if found is None:
        return CallNews(call.carrier_id, call.text, "failed")
    return CallNews(call.carrier_id, call.text, found.status, found.answered_by) if found.status in CALL_ENDS else None
