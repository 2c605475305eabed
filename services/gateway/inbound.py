"""Texts that come in: kept sealed, as part of the record of every message. What they mean the portal has decided."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.tables import IncomingText
from shared.database import now
from shared.messages.gateway import RecordInbound


def record_inbound(db: Session, command: RecordInbound) -> None:
    """Keep a text; the carrier's id once."""
    row = {
        "carrier_id": command.carrier_id,
        "phone_index": command.phone_index,
        "sealed_phone": command.phone,
        "sealed_body": command.body,
        "keyword": command.keyword,
        "came_at": now(db),
    }
    db.connection().execute(insert(IncomingText).values(row).on_conflict_do_nothing())
    metrics.texts.labels("sms", "in", "received").inc()
