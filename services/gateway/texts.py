"""Texts that are asked for: written down as waiting, and nothing more. The sender's loop takes them from here."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from services.gateway.address_book import PhoneUnreadable, seal_phone
from services.gateway.tables import BatchMove, RecalledNotice, TextBatch
from services.gateway.waking import wake_sender_at_commit
from services.gateway.words.preview import digest_as_sent
from shared.database import now
from shared.messages.gateway import RecallNotice, Send, SendBatch, Values
from shared.messages.model import Lane
from shared.sealing import CannotUnseal, keys

LANES = {Lane.URGENT: 0, Lane.NORMAL: 1, Lane.BULK: 2}

# The subselect finds no phone for a contact whose ContactChanged is still on its way: the text waits for it.
ADD_TEXT = sa.text("""
INSERT INTO outgoing_text (id, lane, text_class, template, contact, sealed_phone, phone_index, language, channel,
    "values", sealed_values, time_zone, passes_opt_out, asked_by, asked_at, due_at, not_after)
VALUES (:id, :lane, :text_class, :template, :contact, :sealed_phone,
    coalesce(:phone_index, (SELECT phone_index FROM contact WHERE id = :contact)), :language, :channel,
    CAST(:values AS jsonb), CAST(:sealed_values AS jsonb), :time_zone, :passes_opt_out, :asked_by, :asked_at, :due_at,
    :not_after)
ON CONFLICT (id) DO NOTHING
""")
ADD_BATCH = sa.text("""
INSERT INTO outgoing_text (id, lane, text_class, template, contact, phone_index, "values", time_zone, batch, notice,
    asked_at, due_at, not_after, state, reason, settled_at)
SELECT gen_random_uuid(), 2, 'notice', :template, asked.contact, known.phone_index, CAST(:values AS jsonb), :time_zone,
    :batch, :notice, :asked_at, :now, :not_after,
    CASE WHEN refusal.reason IS NULL THEN 'waiting' ELSE 'refused' END, refusal.reason,
    CASE WHEN refusal.reason IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END
FROM unnest(CAST(:contacts AS uuid[])) AS asked (contact)
LEFT JOIN contact known ON known.id = asked.contact
LEFT JOIN opt_out_choice choice ON choice.phone_index = known.phone_index AND choice.is_stopped
CROSS JOIN LATERAL (SELECT CASE
    WHEN CAST(:objection AS text) IS NOT NULL THEN :objection
    WHEN known.phone_index IS NULL THEN 'contact_unknown'
    WHEN choice.phone_index IS NOT NULL THEN 'opted_out' END AS reason) AS refusal
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """A text that is asked for, to a contact or to a phone of its own."""

    id: UUID
    lane: int
    text_class: str
    template: str
    asked_by: UUID
    asked_at: datetime
    not_after: datetime
    contact: UUID | None = None
    phone: str | None = None
    language: str | None = None
    channel: str | None = None
    values: Values = field(default_factory=Values)
    sealed_values: dict[str, str] = field(default_factory=dict[str, str])
    time_zone: str = "Asia/Baghdad"
    passes_opt_out: bool = False

    def row(self, due_at: datetime) -> dict[str, Any]:
        """As it is written down: the phone sealed, and the index by which it is found."""
        own = {name: getattr(self, name) for name in self.__slots__ if name != "phone"}
        return own | {
            "sealed_phone": seal_phone(self.phone) if self.phone else None,
            "phone_index": keys().phone_index(self.phone) if self.phone else None,
            "values": as_json(self.values),
            "sealed_values": json.dumps(self.sealed_values),
            "due_at": due_at,
        }


def accept_texts(db: Session, commands: Sequence[Send]) -> None:
    """Write texts down as waiting."""
    add_texts(db, [_asked_for(command) for command in commands])


def add_texts(db: Session, texts: Sequence[NewText]) -> None:
    """Write texts down as waiting; one that is there already stays as it is."""
    db.connection().execute(ADD_TEXT, [text.row(now(db)) for text in texts])
    wake_sender_at_commit(db)


def _asked_for(command: Send) -> NewText:
    return NewText(
        id=command.text,
        lane=LANES[command.envelope.lane],
        text_class=command.text_class,
        template=command.template,
        asked_by=command.envelope.id,
        asked_at=command.envelope.at,
        not_after=command.not_after,
        contact=command.contact,
        phone=opened_phone(command.phone) if command.phone else None,
        language=command.language if command.phone else None,
        channel=command.channel,
        values=command.values,
        sealed_values=command.sealed_values,
        time_zone=command.time_zone,
    )


RECALLED = sa.text("SELECT 1 FROM recalled_notice WHERE notice = :notice AND words_digest = :words_digest")
RECALL = sa.text("""
UPDATE outgoing_text t SET state = 'refused', reason = 'recalled', settled_at = :now, version = t.version + 1
FROM text_batch b
WHERE t.notice = :notice AND t.state = 'waiting' AND b.id = t.batch AND b.words_digest = :words_digest
RETURNING t.batch
""")


def accept_batch(db: Session, command: SendBatch) -> None:
    """Write a text to each contact down as waiting; who is not known or wants no texts is counted as refused.

    So is everybody where the words are not those that were approved, or the approval was withdrawn.
    """
    lock_notice(db, command.notice, shared=True)
    batch = {
        "id": command.batch,
        "notice": command.notice,
        "asked_by": command.envelope.id,
        "words_digest": command.words_digest,
    }
    db.connection().execute(insert(TextBatch).values(batch).on_conflict_do_nothing())
    row = {
        "batch": command.batch,
        "notice": command.notice,
        "contacts": command.contacts,
        "template": command.template,
        "values": as_json(command.values),
        "time_zone": command.time_zone,
        "asked_at": command.envelope.at,
        "not_after": command.not_after,
        "objection": _objection(db, command),
        "now": now(db),
    }
    db.connection().execute(ADD_BATCH, row)
    note_moves(db.connection(), [command.batch])
    wake_sender_at_commit(db)


def _objection(db: Session, command: SendBatch) -> str | None:
    """Why nothing of a batch may leave."""
    values = json.loads(as_json(command.values))
    if digest_as_sent(command.template, values, command.time_zone) != command.words_digest:
        return "words_changed"
    approval = {"notice": command.notice, "words_digest": command.words_digest}
    return "recalled" if db.connection().execute(RECALLED, approval).first() else None


def recall_notice(db: Session, command: RecallNotice) -> None:
    """Let no text of a notice leave in words whose approval does not hold any more, also of batches still to come."""
    lock_notice(db, command.notice, shared=False)
    approval = {"notice": command.notice, "words_digest": command.words_digest, "now": now(db)}
    row = {"notice": command.notice, "words_digest": command.words_digest, "recalled_at": now(db)}
    db.connection().execute(insert(RecalledNotice).values(row).on_conflict_do_nothing())
    note_moves(db.connection(), db.connection().execute(RECALL, approval).scalars())


def lock_notice(db: Session, notice: UUID, *, shared: bool) -> None:
    """Let a recall of a notice and its batches come one after the other, whichever is first."""
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    db.connection().exec_driver_sql(f"SELECT {lock}(hashtextextended(%(notice)s, 13))", {"notice": str(notice)})


def note_moves(connection: sa.Connection, batches: Iterable[UUID]) -> None:
    """Texts of these batches have moved: their progress is told soon."""
    rows = [{"batch": b} for b in set(batches)]
    if rows:
        connection.execute(sa.insert(BatchMove), rows)


def as_json(values: Values) -> str:
    """A template's values for a JSONB column; times in ISO 8601."""
    return json.dumps(values, default=datetime.isoformat, ensure_ascii=False)


def opened_phone(sealed: str) -> str:
    """A phone from a message. Raises PhoneUnreadable."""
    try:
        return keys().unseal_as_gateway(sealed)
    except CannotUnseal:
        raise PhoneUnreadable from None
