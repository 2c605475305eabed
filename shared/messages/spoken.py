"""What a call is to say: sealed into the address that the carrier fetches the words from, so that a call needs no row
in another part's database, and nothing can be read on the way."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationError

from shared.bounds import Count, Moment, TimeZone
from shared.messages.gateway import Template, ValueName
from shared.messages.model import Language, Sealable, open_content, seal_content
from shared.sealing import CannotUnseal, Purpose

ABOUT = "spoken message"


class SpokenMessage(Sealable):
    """A message that a phone is called for; local texts are in the language of the call already."""

    sealed_for = Purpose.FOR_GATEWAY

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: UUID
    template: Template
    language: Language
    values: dict[ValueName, Annotated[str, Field(max_length=1000)] | Count] = Field({}, max_length=20)
    starts_at: Moment | None = None
    code: Annotated[str, Field(max_length=20)] | None = None
    time_zone: TimeZone = "Asia/Baghdad"
    notice: UUID | None = None
    contact: UUID | None = None
    not_after: Moment


def seal_spoken(message: SpokenMessage) -> str:
    """The message as it stands in an address."""
    return seal_content(message, ABOUT)


def open_spoken(sealed: str) -> SpokenMessage | None:
    """The message in an address; None where nobody of ours put it there."""
    try:
        return open_content(sealed, SpokenMessage, ABOUT)
    except (CannotUnseal, ValidationError):
        return None
