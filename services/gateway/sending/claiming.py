"""Claiming: texts that are due are taken, judged, rendered and committed as `sending`, before the carrier is called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.gateway.sending.judging import House, Judgement, Kept, Ready, Redirected, TurnedDown, judge

# Candidates are locked, so that no other process takes them, and a phone's advisory lock keeps two processes from
# taking two texts of one phone at the same time; the partial unique index stands behind it.
CANDIDATES = sa.text("""
WITH due AS MATERIALIZED (
    SELECT t.id, t.phone_index, t.due_at FROM outgoing_text t
    WHERE t.state = 'waiting' AND t.lane = :lane AND t.due_at <= :now AND t.not_after > :now
        AND t.phone_index IS NOT NULL
        AND NOT EXISTS (SELECT FROM outgoing_text f WHERE f.phone_index = t.phone_index AND f.state = 'sending')
    ORDER BY t.due_at LIMIT :limit FOR UPDATE OF t SKIP LOCKED
), first AS MATERIALIZED (
    SELECT DISTINCT ON (phone_index) id, phone_index FROM due ORDER BY phone_index, due_at, id
)
SELECT t.id, t.template, t.text_class, t.language, t.channel, t.notice, t."values",
    t.sealed_values, t.time_zone, t.attempts, t.not_after,
    t.passes_opt_out, t.contact, t.batch, b.words_digest, first.phone_index,
    coalesce(t.sealed_phone, c.sealed_phone) AS sealed_phone, c.phone_index AS contact_phone_index,
    c.language AS contact_language, c.channel AS contact_channel, c.is_verified,
    coalesce(c.is_demo, false) AS is_demo, coalesce(o.is_stopped, false) AS is_stopped,
    CASE WHEN t.template = 'confirm_phone' THEN EXISTS (
        SELECT FROM outgoing_text e WHERE e.phone_index = first.phone_index AND e.template = 'confirm_phone'
            AND e.id <> t.id AND e.state IN ('handed_over', 'unsettled')) ELSE false END AS was_asked_before
FROM first
JOIN outgoing_text t ON t.id = first.id
LEFT JOIN text_batch b ON b.id = t.batch
LEFT JOIN contact c ON c.id = t.contact
LEFT JOIN opt_out_choice o ON o.phone_index = first.phone_index
WHERE pg_try_advisory_xact_lock(hashtextextended(first.phone_index, 0))
""")
TAKE = sa.text("""
UPDATE outgoing_text t SET state = 'sending', attempt = v.attempt, attempts = t.attempts + 1, claimed_at = :now,
    lease_until = :lease_until, body_digest = v.digest, segments = v.segments, carried_as = v.carried_as, reason = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS uuid[]), CAST(:digests AS text[]), CAST(:segments AS int[]),
    CAST(:carried_as AS text[])) AS v (id, attempt, digest, segments, carried_as) WHERE t.id = v.id
""")
KEEP = sa.text("""
UPDATE outgoing_text t SET due_at = v.until
FROM unnest(CAST(:ids AS uuid[]), CAST(:untils AS timestamptz[])) AS v (id, until) WHERE t.id = v.id
""")
REDIRECT = sa.text("""
UPDATE outgoing_text t SET phone_index = v.phone_index
FROM unnest(CAST(:ids AS uuid[]), CAST(:phone_indexes AS text[])) AS v (id, phone_index) WHERE t.id = v.id
""")
TURN_DOWN = sa.text("""
UPDATE outgoing_text t SET state = 'refused', reason = v.reason, settled_at = :now, version = t.version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS v (id, reason) WHERE t.id = v.id
""")
EXPIRE = sa.text("""
UPDATE outgoing_text SET state = 'expired', settled_at = :now, version = version + 1,
    reason = coalesce(reason, CASE WHEN phone_index IS NULL THEN 'contact_unknown' END)
WHERE id IN (SELECT id FROM outgoing_text WHERE state = 'waiting' AND not_after <= :now
    ORDER BY not_after LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id, batch
""")


def claim(
    connection: sa.Connection, lane: int, limit: int, at: datetime, lease: timedelta, house: House
) -> list[Judgement]:
    """Take up to `limit` texts of a lane, and write what is to happen to each. The caller commits, then calls."""
    rows = connection.execute(CANDIDATES, {"lane": lane, "limit": limit, "now": at}).mappings().all()
    judged = [judge(dict(row), lane, at, house) for row in rows]
    _take(connection, [j for j in judged if isinstance(j, Ready)], at, lease)
    _keep(connection, [j for j in judged if isinstance(j, Kept)])
    _redirect(connection, [j for j in judged if isinstance(j, Redirected)])
    _turn_down(connection, [j for j in judged if isinstance(j, TurnedDown)], at)
    return judged


def expire(connection: sa.Connection, at: datetime, limit: int) -> Sequence[Any]:
    """End what waits and is of no use any more. Returns rows of (id, batch)."""
    return connection.execute(EXPIRE, {"now": at, "limit": limit}).all()


def _take(connection: sa.Connection, ready: list[Ready], at: datetime, lease: timedelta) -> None:
    if ready:
        row = {
            "ids": [r.id for r in ready],
            "attempts": [r.attempt for r in ready],
            "digests": [r.digest for r in ready],
            "segments": [r.segments for r in ready],
            "carried_as": [r.carried_as for r in ready],
            "now": at,
            "lease_until": at + lease,
        }
        connection.execute(TAKE, row)


def _keep(connection: sa.Connection, kept: list[Kept]) -> None:
    if kept:
        connection.execute(KEEP, {"ids": [k.id for k in kept], "untils": [k.until for k in kept]})


def _redirect(connection: sa.Connection, redirected: list[Redirected]) -> None:
    if redirected:
        row = {"ids": [r.id for r in redirected], "phone_indexes": [r.phone_index for r in redirected]}
        connection.execute(REDIRECT, row)


def _turn_down(connection: sa.Connection, turned_down: list[TurnedDown], at: datetime) -> None:
    if turned_down:
        row = {"ids": [t.id for t in turned_down], "reasons": [t.reason for t in turned_down], "now": at}
        connection.execute(TURN_DOWN, row)
