"""What staff may ask of the gateway: counts and metadata. Neither words nor numbers of a text are among it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway.sending.progress import KINDS
from services.gateway.settled import heading_of
from shared.database import now

OF_NOTICE = sa.text("""
SELECT state, carrier_status, count(*) AS texts FROM outgoing_text WHERE notice = :notice GROUP BY state, carrier_status
""")
OF_CONTACT = sa.text("""
SELECT id, template, text_class, state, carrier_status, carrier_error, reason, asked_at, settled_at, notice
FROM outgoing_text WHERE contact = :contact ORDER BY asked_at DESC, id LIMIT :limit
""")
UNSETTLED = sa.text("""
SELECT id, template, text_class, contact, notice, reason, asked_at, claimed_at FROM outgoing_text
WHERE state = 'unsettled' ORDER BY claimed_at DESC LIMIT :limit
""")
OF_DAY = sa.text("""
SELECT state, count(*) AS texts FROM outgoing_text WHERE asked_at >= :since AND asked_at < :until GROUP BY state
""")
HEALTH = sa.text("""
SELECT count(*) FILTER (WHERE state = 'waiting' AND due_at <= :now) AS waiting,
    count(*) FILTER (WHERE state = 'sending') AS sending,
    count(*) FILTER (WHERE state = 'sending' AND lease_until < :now) AS leases_over,
    extract(epoch FROM CAST(:now AS timestamptz)
        - min(due_at) FILTER (WHERE state = 'waiting' AND due_at <= :now)) AS oldest_waiting_s
FROM outgoing_text WHERE state IN ('waiting', 'sending')
""")
LATELY = sa.text("""
SELECT count(*) FILTER (WHERE state = 'handed_over') AS handed_over,
    count(*) FILTER (WHERE state = 'refused') AS refused,
    count(*) FILTER (WHERE state = 'expired') AS expired,
    count(*) FILTER (WHERE state = 'unsettled') AS unsettled,
    max(settled_at) FILTER (WHERE state = 'handed_over') AS last_handed_over_at
FROM outgoing_text WHERE settled_at > CAST(:now AS timestamptz) - interval '1 hour'
""")
STATES = ("handed_over", "expired", "refused", "unsettled", "waiting", "sending")


def notice_progress(db: Session, notice: str) -> dict[str, int]:
    """How many of a notice's texts are where."""
    counts = dict.fromkeys(KINDS, 0)
    for row in db.connection().execute(OF_NOTICE, {"notice": UUID(notice)}):
        counts[heading_of(row.state, row.carrier_status)] += row.texts
    return counts


def texts_of(db: Session, contact: str, limit: int = 50) -> list[dict[str, Any]]:
    """A contact's latest texts, the newest first: which, when, and what became of each."""
    rows = db.connection().execute(OF_CONTACT, {"contact": UUID(contact), "limit": min(limit, 200)})
    return [{name: _as_json(value) for name, value in row.items()} for row in rows.mappings()]


def texts_unsettled(db: Session, limit: int = 100) -> list[dict[str, Any]]:
    """Texts of which nobody can say whether the carrier has them: a person decides what to do."""
    rows = db.connection().execute(UNSETTLED, {"limit": min(limit, 500)})
    return [{name: _as_json(value) for name, value in row.items()} for row in rows.mappings()]


def carrier_health(db: Session) -> dict[str, Any]:
    """What waits, what is under way, and how the last hour went."""
    at = {"now": now(db)}
    waiting = db.connection().execute(HEALTH, at).mappings().one()
    lately = db.connection().execute(LATELY, at).mappings().one()
    return {name: _as_json(value) for name, value in {**waiting, **lately}.items()}


def tally(db: Session, since: Any = None, until: Any = None) -> dict[str, int]:
    """What was asked for in a time, and where all of it is: the states always add up to `asked`."""
    span = {"since": since or "-infinity", "until": until or "infinity"}
    counts = dict.fromkeys(STATES, 0)
    for row in db.connection().execute(OF_DAY, span):
        counts[row.state] += row.texts
    return {"asked": sum(counts.values()), **counts}


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, int | str | bool):
        return value
    return str(value) if isinstance(value, UUID) else value.isoformat() if hasattr(value, "isoformat") else float(value)
