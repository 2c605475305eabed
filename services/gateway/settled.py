"""Tells how single texts ended. How a notice's texts fare is told by batch (progress.py)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway.carrier.statuses import DELIVERED, FAILED
from shared.messages.gateway import TextSettled
from shared.messages.subscriptions import has_listener
from shared.messaging.outbox import publish

ENDED = sa.text("""
SELECT id, version, contact, state, carrier_status, reason, "values" ->> 'ref' AS reference FROM outgoing_text
WHERE id = ANY(:ids) AND batch IS NULL AND state NOT IN ('waiting', 'sending')
""")


def tell_settled(db: Session, ids: Sequence[UUID]) -> None:
    """Tell the state of those of these texts that are no part of a batch."""
    if not ids or not has_listener(TextSettled):
        return
    for row in db.connection().execute(ENDED, {"ids": list(ids)}).mappings():
        publish(db, _event(row))


def _event(row: Any) -> TextSettled:
    return TextSettled(
        text=row["id"],
        version=row["version"],
        contact=row["contact"],
        reference=row["reference"],
        state=heading_of(row["state"], row["carrier_status"]),
        reason=row["reason"],
    )


def heading_of(state: str, carrier_status: str | None) -> Any:
    """Under which heading a text is counted: its end, or what the carrier told after it."""
    if state == "handed_over":
        return "delivered" if carrier_status in DELIVERED else "failed" if carrier_status in FAILED else state
    return "waiting" if state == "sending" else state
