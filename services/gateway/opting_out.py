"""Opting out: a phone that wants no texts gets none, whoever of its household asks, until it says otherwise."""

from datetime import timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import texts
from shared.database import now
from shared.messages.gateway import OptIn, OptOut, OptOutChanged, Template
from shared.messaging.outbox import publish

CONFIRMATIONS = UUID("5b0ad4ba-7c0f-4d9a-9a5c-3f0a52a3a6f1")
NOT_AFTER = timedelta(days=1)

CHOOSE = sa.text("""
INSERT INTO opt_out_choice AS c (phone_index, version, is_stopped, changed_at)
VALUES (:phone_index, 1, :is_stopped, :now)
ON CONFLICT (phone_index) DO UPDATE SET version = c.version + 1, is_stopped = excluded.is_stopped,
    changed_at = excluded.changed_at WHERE c.is_stopped <> excluded.is_stopped
RETURNING version
""")


def opt_out(db: Session, command: OptOut) -> None:
    """Stop texts to a phone. Its confirmation leaves nevertheless, unless the carrier has sent one."""
    if not command.confirmed_by_carrier:
        _confirm(db, command, Template.OPTOUT)
    choose(db, command.phone_index, is_stopped=True)


def opt_in(db: Session, command: OptIn) -> None:
    """Let texts go to a phone again, and tell it so."""
    choose(db, command.phone_index, is_stopped=False)
    _confirm(db, command, Template.OPTIN)


def stop_by_carrier(db: Session, phone_index: str) -> None:
    """The carrier says that this phone wants no texts: then it gets none from us."""
    choose(db, phone_index, is_stopped=True)


def choose(db: Session, phone_index: str, *, is_stopped: bool) -> None:
    """Write a phone's choice, and tell it where it has changed."""
    row = {"phone_index": phone_index, "is_stopped": is_stopped, "now": now(db)}
    version = db.connection().scalar(CHOOSE, row)
    if version is not None:
        publish(db, OptOutChanged(phone_index=phone_index, version=version, is_stopped=is_stopped))


def _confirm(db: Session, command: OptOut | OptIn, template: Template) -> None:
    envelope = command.envelope
    confirmation = texts.NewText(
        id=uuid5(CONFIRMATIONS, str(envelope.id)),
        lane=0,
        text_class="answer",
        template=template,
        phone=texts.opened_phone(command.phone),
        language=command.language,
        asked_by=envelope.id,
        asked_at=envelope.at,
        not_after=envelope.at + NOT_AFTER,
        passes_opt_out=template is Template.OPTOUT,
    )
    texts.add_texts(db, [confirmation])
