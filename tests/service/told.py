"""What a rule has published so far, for tests of every service."""

import json
from typing import TypeVar

from sqlmodel import Session

from shared.messages.model import Message
from shared.messaging.outbox import pending

Told = TypeVar("Told", bound=Message)


def told(db: Session, model: type[Told]) -> list[Told]:
    """The messages of one kind that the open transaction is about to send, in order."""
    return [model.model_validate_json(row.body) for row in pending(db) if json.loads(row.headers)["kind"] == model.kind]
