"""What the carrier's answers do to the texts, written for many at a time."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import metrics, opting_out
from services.gateway.carrier.error_codes import OPTED_OUT
from services.gateway.carrier.port import Accepted, NotNow, Outcome, Refused, TooLate, Unknown
from services.gateway.carrier.statuses import rank_of
from services.gateway.sending.judging import Ready
from services.gateway.settled import tell_settled
from services.gateway.texts import note_moves
from shared.database import now
from shared.logs import log

# What the carrier tells is written to the same rows at the same time: whoever locks them in one order never waits in a
# circle.
LOCK = sa.text("SELECT id FROM outgoing_text WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
# That the carrier has a text is true whoever says it, so it counts also after the lease, in any state but a final one.
HAND_OVER = sa.text("""
UPDATE outgoing_text t SET state = 'handed_over', carrier_id = v.carrier_id, settled_at = :now, attempt = NULL,
    lease_until = NULL, reason = NULL, version = t.version + 1,
    carrier_status = CASE WHEN v.rank > t.carrier_rank THEN v.status ELSE t.carrier_status END,
    carrier_rank = greatest(v.rank, t.carrier_rank)
FROM unnest(CAST(:ids AS uuid[]), CAST(:carrier_ids AS text[]), CAST(:statuses AS text[]), CAST(:ranks AS int[]))
    AS v (id, carrier_id, status, rank)
WHERE t.id = v.id AND t.state IN ('sending', 'waiting', 'unsettled', 'expired') AND NOT EXISTS (
    SELECT FROM placed_call p WHERE p.carrier_id = v.carrier_id AND p.ended_at IS NOT NULL)
RETURNING t.id
""")
UNDER_ANOTHER_ID = sa.text("""
SELECT count(*) FROM outgoing_text t
JOIN unnest(CAST(:ids AS uuid[]), CAST(:carrier_ids AS text[])) AS v (id, carrier_id) ON t.id = v.id
WHERE t.carrier_id <> v.carrier_id AND NOT EXISTS (
    SELECT FROM placed_call p WHERE p.carrier_id = v.carrier_id AND p.ended_at IS NOT NULL)
""")
KEEP_CALLS = sa.text("""
INSERT INTO placed_call (carrier_id, text, status, placed_at)
SELECT v.carrier_id, v.id, v.status, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:carrier_ids AS text[]), CAST(:statuses AS text[])) AS v (id, carrier_id, status)
WHERE v.carrier_id LIKE 'CA%' ON CONFLICT DO NOTHING
""")
# Everything else counts only for the attempt that it is about: the lease may have passed to somebody else.
REFUSE = sa.text("""
UPDATE outgoing_text t SET state = 'refused', reason = v.reason, settled_at = :now, attempt = NULL, lease_until = NULL,
    version = t.version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS uuid[]), CAST(:reasons AS text[])) AS v (id, attempt, reason)
WHERE t.id = v.id AND t.attempt = v.attempt AND t.state = 'sending'
""")
PUT_BACK = sa.text("""
UPDATE outgoing_text t SET state = 'waiting', reason = v.reason, due_at = v.due_at, attempt = NULL, lease_until = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS uuid[]), CAST(:reasons AS text[]), CAST(:due_ats AS timestamptz[]))
    AS v (id, attempt, reason, due_at)
WHERE t.id = v.id AND t.attempt = v.attempt AND t.state = 'sending'
""")
LEAVE_TO_SETTLE = sa.text("""
UPDATE outgoing_text t SET reason = v.reason, lease_until = v.until
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS uuid[]), CAST(:reasons AS text[]), CAST(:untils AS timestamptz[]))
    AS v (id, attempt, reason, until)
WHERE t.id = v.id AND t.attempt = v.attempt AND t.state = 'sending'
""")
EARLIER_STATUSES = sa.text("""
SELECT DISTINCT ON (carrier_id) carrier_id, status, rank, error_code FROM delivery_event
WHERE carrier_id = ANY(:carrier_ids) AND text IS NULL AND carrier_id NOT LIKE 'CA%'
ORDER BY carrier_id, rank DESC, status
""")
MOVE_FORWARD = sa.text("""
UPDATE outgoing_text SET carrier_status = :status, carrier_rank = :rank,
    carrier_error = coalesce(:error_code, carrier_error) WHERE carrier_id = :carrier_id AND carrier_rank < :rank
""")

MAY_STILL_COME_S = {"no_answer": 30.0}
SETTLE_AFTER_S = 10.0
"""How long after an unclear end the carrier is asked: it may still be busy with a call that got no answer."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call to the carrier that has ended."""

    text: Ready
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A text that the carrier has."""

    id: UUID
    carrier_id: str
    status: str


def write_outcomes(db: Session, ended: Sequence[Ended]) -> None:
    """Write how calls ended. The caller commits."""
    db.connection().execute(LOCK, {"ids": [e.text.id for e in ended]})
    accepted = [HandedOver(e.text.id, e.outcome.carrier_id, e.outcome.status)
                for e in ended if isinstance(e.outcome, Accepted)]  # fmt: skip
    hand_over(db, accepted)
    _refuse(db, [(e.text, e.outcome) for e in ended if isinstance(e.outcome, Refused)])
    _put_back(db, [e for e in ended if isinstance(e.outcome, NotNow | TooLate)])
    _leave_to_settle(db, [(e.text, e.outcome) for e in ended if isinstance(e.outcome, Unknown)])
    note_moves(db.connection(), (e.text.batch for e in ended if e.text.batch))
    tell_settled(db, [e.text.id for e in ended if isinstance(e.outcome, Accepted | Refused)])


def hand_over(db: Session, texts: Sequence[HandedOver]) -> None:
    """Write that the carrier has these texts, and what it had told of them before we knew their ids."""
    if not texts:
        return
    rows = {
        "ids": [t.id for t in texts],
        "carrier_ids": [t.carrier_id for t in texts],
        "statuses": [t.status for t in texts],
        "ranks": [rank_of(t.status) for t in texts],
        "now": now(db),
    }
    connection = db.connection()
    connection.execute(KEEP_CALLS, rows)
    written = connection.execute(HAND_OVER, rows).rowcount
    metrics.texts.labels("sms", "out", "handed_over").inc(written)
    if written < len(texts):
        _check_sent_once(connection, rows)
    for earlier in connection.execute(EARLIER_STATUSES, rows).mappings():
        connection.execute(MOVE_FORWARD, dict(earlier))


def _check_sent_once(connection: sa.Connection, rows: dict[str, Any]) -> None:
    twice = connection.scalar(UNDER_ANOTHER_ID, rows)
    if twice:
        metrics.sent_twice.inc(twice)
        log.error("sent_twice", count=twice)


def _refuse(db: Session, refused: Sequence[tuple[Ready, Refused]]) -> None:
    for text, outcome in refused:
        metrics.carrier_errors.labels(str(outcome.code)).inc()
        if outcome.code == OPTED_OUT:
            opting_out.stop_by_carrier(db, text.phone_index)
    if refused:
        rows = _of([text for text, _ in refused], [f"carrier_{outcome.code}" for _, outcome in refused])
        db.connection().execute(REFUSE, {**rows, "now": now(db)})
        metrics.texts.labels("sms", "out", "refused").inc(len(refused))


def _put_back(db: Session, back: Sequence[Ended]) -> None:
    if back:
        reasons = [e.outcome.reason if isinstance(e.outcome, NotNow) else "lease_over" for e in back]
        due = [now(db) + back_off(e) for e in back]
        db.connection().execute(PUT_BACK, {**_of([e.text for e in back], reasons), "due_ats": due})
        for e in back:
            if isinstance(e.outcome, NotNow):
                metrics.carrier_errors.labels(str(e.outcome.code or e.outcome.reason)).inc()


def back_off(ended: Ended) -> timedelta:
    """How long a text waits before another try: longer each time, urgent ones never long, and not all together."""
    if isinstance(ended.outcome, TooLate):
        return timedelta()
    longest = 4.0 if ended.text.lane == 0 else 300.0
    seconds = min(2.0 ** min(ended.text.attempts, 10), longest)
    return timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - spreads the tries, hides nothing


def _leave_to_settle(db: Session, unclear: Sequence[tuple[Ready, Unknown]]) -> None:
    if unclear:
        rows = _of([text for text, _ in unclear], [outcome.reason for _, outcome in unclear])
        waits = [MAY_STILL_COME_S.get(outcome.reason, SETTLE_AFTER_S) for _, outcome in unclear]
        untils = [now(db) + timedelta(seconds=s) for s in waits]
        db.connection().execute(LEAVE_TO_SETTLE, {**rows, "untils": untils})
        for _, outcome in unclear:
            metrics.carrier_errors.labels(str(outcome.code or outcome.reason)).inc()


def _of(texts: Iterable[Ready], reasons: list[str]) -> dict[str, Any]:
    texts = list(texts)
    return {"ids": [t.id for t in texts], "attempts": [t.attempt for t in texts], "reasons": reasons}
