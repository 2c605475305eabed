"""Settling: a text whose lease is over while it was `sending` is looked up at the carrier before anything else happens.

The sender died, was stopped, or got no clear answer. What the carrier has is handed over; what it surely has not waits
again; what nobody can tell is unsettled: never sent again by itself, and shown to a person.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.address_book import open_phone
from services.gateway.carrier.port import Carrier, CarrierSilent
from services.gateway.carrier.statuses import CALL_ENDS
from services.gateway.placed_calls import CallNews, is_call, note_calls
from services.gateway.sending.judging import digest_of
from services.gateway.sending.outcomes import HandedOver, hand_over
from services.gateway.settled import tell_settled
from services.gateway.texts import note_moves
from shared.database import now
from shared.sealing import CannotUnseal

LEASE = timedelta(seconds=60)
CLOCKS_DIFFER_BY = timedelta(seconds=120)
MOST_SENDINGS = 4
MOST_QUESTIONS = 12
AT_A_TIME = 50

# A new attempt fences off whoever had the text before.
TAKE_OVER = sa.text("""
UPDATE outgoing_text t SET attempt = gen_random_uuid(), lease_until = :until, settling_tries = t.settling_tries + 1
FROM (SELECT id FROM outgoing_text WHERE state = 'sending' AND lease_until < :now
      ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED) AS over
WHERE t.id = over.id
RETURNING t.id, t.attempt, t.batch, t.attempts, t.settling_tries, t.claimed_at, t.not_after, t.body_digest,
    t.carried_as,
    coalesce(t.sealed_phone, (SELECT c.sealed_phone FROM contact c
        WHERE c.id = t.contact AND c.phone_index = t.phone_index)) AS sealed_phone
""")
KNOWN_IDS = sa.text("""
SELECT carrier_id FROM outgoing_text WHERE carrier_id = ANY(:ids) AND id <> :text
UNION SELECT carrier_id FROM delivery_event WHERE carrier_id = ANY(:ids) AND text <> :text
UNION SELECT carrier_id FROM placed_call WHERE carrier_id = ANY(:ids)
""")
END = sa.text("""
UPDATE outgoing_text SET state = :state, reason = :reason, attempt = NULL, lease_until = NULL, due_at = :now,
    settled_at = CASE WHEN :state = 'waiting' THEN NULL ELSE CAST(:now AS timestamptz) END,
    version = version + CASE WHEN :state = 'waiting' THEN 0 ELSE 1 END
WHERE id = :id AND attempt = :attempt AND state = 'sending'
""")
ASK_LATER = sa.text("""
UPDATE outgoing_text SET lease_until = :until WHERE id = :id AND attempt = :attempt AND state = 'sending'
""")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A text or a call that the carrier lists."""

    carrier_id: str
    status: str
    answered_by: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """What a text that was looked up comes to."""

    state: str
    reason: str


def take_over(db: Session) -> list[Row]:
    """Texts whose lease is over, now under a lease of this process. The caller commits before it asks the carrier."""
    at = now(db)
    row = {"now": at, "until": at + LEASE, "limit": AT_A_TIME}
    return [dict(r) for r in db.connection().execute(TAKE_OVER, row).mappings()]


def look_up(carrier: Carrier, row: Row) -> list[Found] | None:
    """What the carrier has of a text since it was claimed, by its words, or of calls to its number; None where nobody
    can say.

    Raises CarrierSilent.
    """
    if row["sealed_phone"] is None:  # the contact's number has changed since
        return None
    try:
        phone = open_phone(row["sealed_phone"])
    except CannotUnseal:
        return None
    since = row["claimed_at"] - CLOCKS_DIFFER_BY
    if row["carried_as"] == "call":  # one is in flight per phone, and those of earlier tries are known
        return [Found(c.carrier_id, c.status, c.answered_by) for c in carrier.list_calls(phone, since)]
    listed = carrier.list_sent(phone, since)
    return [Found(t.carrier_id, t.status) for t in listed if digest_of(t.body) == row["body_digest"]]


def settle(db: Session, row: Row, found: list[Found] | None) -> str:
    """Write what the look-up means. Returns what became of the text. The caller commits."""
    note_moves(db.connection(), [row["batch"]] if row["batch"] else [])
    if found is None:
        return _end(db, row, End("unsettled", "number_changed"))
    ours = _not_of_others(db, row, found)
    if len(ours) > 1:
        return _end(db, row, End("unsettled", "several_alike"))
    if ours:
        hand_over(db, [HandedOver(row["id"], ours[0].carrier_id, ours[0].status)])
        tell_settled(db, [row["id"]])
        if is_call(ours[0].carrier_id) and ours[0].status in CALL_ENDS:
            note_calls(db, [CallNews(ours[0].carrier_id, row["id"], ours[0].status, ours[0].answered_by)])
        metrics.leases_over.labels("handed_over").inc()
        return "handed_over"
    return _end(db, row, end_of_absent(row, now(db)))


def end_of_absent(row: Row, at: datetime) -> End:
    """A text that the carrier surely does not have: once more, as long as it is of use and not tried too often."""
    if row["not_after"] <= at:
        return End("expired", "never_accepted")
    if row["attempts"] >= MOST_SENDINGS:
        return End("unsettled", "tried_too_often")
    return End("waiting", "never_accepted")


def ask_later(db: Session, rows: Iterable[Row]) -> None:
    """The carrier did not answer the question: ask again, less and less often, and at last show it to a person."""
    for row in rows:
        if row["settling_tries"] >= MOST_QUESTIONS:
            _end(db, row, End("unsettled", "carrier_silent"))
        else:
            wait = timedelta(seconds=min(5 * 2 ** row["settling_tries"], 600))
            key = {"id": row["id"], "attempt": row["attempt"]}
            db.connection().execute(ASK_LATER, {**key, "until": now(db) + wait})


def _not_of_others(db: Session, row: Row, found: list[Found]) -> list[Found]:
    if not found:
        return []
    ids = [t.carrier_id for t in found]
    taken: set[str] = set(db.connection().scalars(KNOWN_IDS, {"ids": ids, "text": row["id"]}))
    return [t for t in found if t.carrier_id not in taken]


def _end(db: Session, row: Row, end: End) -> str:
    key = {"id": row["id"], "attempt": row["attempt"]}
    db.connection().execute(END, {**key, "state": end.state, "reason": end.reason, "now": now(db)})
    tell_settled(db, [row["id"]])
    metrics.leases_over.labels(end.state).inc()
    return end.state


def settle_all(sessions: Callable[[], Session], carrier: Carrier) -> int:
    """Settle what is over. Returns how many texts were looked at."""
    with sessions() as db:
        rows = take_over(db)
        db.commit()
    for place, row in enumerate(rows):
        try:
            found = look_up(carrier, row)
        except CarrierSilent:
            with sessions() as db:
                ask_later(db, rows[place:])
                db.commit()
            break
        with sessions() as db:
            settle(db, row, found)
            db.commit()
    return len(rows)
