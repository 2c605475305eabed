"""The form of a message between outbox and handler: its bytes, its headers, and how they become a model again."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import ValidationError

from shared.messages.model import Envelope, Lane, Message
from shared.messaging.refusal import MalformedMessage

RETRY = "retry"
"""The header of a message that comes back from `failed_message`: the row's id."""


HEADERS = "sila"
"""The one header that has all of ours, as JSON: clients read and write a table of many several times slower."""
SENT_US = "sent_us"


def headers_on_the_wire(headers: str, sent_us: int) -> dict[str, Any]:
    """An outbox row's headers (JSON) as the broker carries them, with the time of sending in microseconds."""
    return {HEADERS: headers, SENT_US: sent_us}


def headers_off_the_wire(table: dict[str, Any]) -> dict[str, Any]:
    """Our headers in what the broker carried; none where they are not ours, so that the message is malformed."""
    try:
        headers = json.loads(table[HEADERS])
    except (KeyError, TypeError, ValueError):
        return {}
    return {**headers, SENT_US: table.get(SENT_US)} if isinstance(headers, dict) else {}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker handed it over."""

    queue: str
    body: bytes
    headers: dict[str, Any]
    message_id: str | None

    @property
    def id(self) -> UUID:
        """Its id; of one that has none, or a broken one, an id made of its bytes, so that a repeat is known."""
        try:
            return UUID(self.message_id or "")
        except ValueError:
            return uuid5(NAMESPACE_OID, hashlib.sha256(self.queue.encode() + self.body).hexdigest())

    @property
    def key(self) -> str:
        """Its ordering key; empty where it has none."""
        return str(self.headers.get("key") or "")

    @property
    def retry_of(self) -> int | None:
        """The failed row it is another try of."""
        row = self.headers.get(RETRY)
        return int(row) if row is not None else None


def open_delivery(delivery: Delivery, models: dict[str, type[Message]]) -> Message:
    """The message in a delivery, in its envelope.

    Raises MalformedMessage: unknown kind or version, broken header, body that is not the model's. The error names
    fields and rules, never values.
    """
    kind = str(delivery.headers.get("kind", ""))
    model = models.get(kind)
    if model is None:
        raise MalformedMessage("a kind of message that this handler does not know")
    envelope = _envelope(delivery)
    try:
        return _read(delivery, model).received_in(envelope)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise MalformedMessage(problems) from None


def _read(delivery: Delivery, model: type[Message]) -> Message:
    """The body as a model. An older version is upgraded where the model knows how."""
    version = delivery.headers.get("version")
    if version == model.model_version:
        return model.model_validate_json(delivery.body)
    try:
        content = json.loads(delivery.body)
    except ValueError:
        content = None
    if isinstance(version, int) and version < model.model_version and isinstance(content, dict):
        upgraded = model.upgraded(version, content)
        if upgraded is not None:
            return model.model_validate_json(json.dumps(upgraded, default=str))
    raise MalformedMessage(f"a version of {model.kind} that this handler does not know")


def _envelope(delivery: Delivery) -> Envelope:
    headers = delivery.headers
    try:
        return Envelope(
            id=UUID(delivery.message_id or ""),
            at=datetime.fromisoformat(str(headers["at"])),
            correlation=UUID(str(headers["correlation"])),
            key=str(headers["key"]),
            lane=Lane(headers["lane"]),
        )
    except (KeyError, ValueError):
        raise MalformedMessage("a broken or missing header") from None
