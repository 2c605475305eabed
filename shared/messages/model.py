"""What every message is: a pydantic model with an owner, a version, and an envelope that travels beside its body."""

import re
import types
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from shared.bounds import LARGEST_BIGINT, Moment
from shared.sealing import Purpose, keys

COMMANDS_EXCHANGE = "commands"

Language = Literal["ar", "ckb", "kmr-Arab", "kmr", "en"]
ContactId = UUID
GatewaySealed = Annotated[str, StringConstraints(max_length=4000)]
SealedContent = Annotated[str, StringConstraints(max_length=400_000)]
SealedPicture = Annotated[str, StringConstraints(max_length=400_000)]
StaffId = UUID
Institution = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
MOST_INSTITUTIONS = 200
"""More than a country has that take reports."""
LocalText = dict[Language, Annotated[str, StringConstraints(max_length=1000)]]


class Lane(StrEnum):
    """Which way to the carrier or the consumer a message takes: each has its own queue."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels beside a message's body: who it is, since when, what it answers, and what it must not overtake."""

    id: UUID
    at: datetime
    correlation: UUID
    key: str
    lane: Lane


class Message(BaseModel):
    """A message between parts. Fields only; personal values sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: ClassVar[str] = ""
    model_version: ClassVar[int] = 1
    key_field: ClassVar[str | None] = None
    lanes: ClassVar[tuple[Lane, ...]] = (Lane.NORMAL,)
    kind: ClassVar[str] = ""

    _envelope: Envelope | None = PrivateAttr(default=None)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        owner: str = "",
        *,
        version: int = 1,
        key: str | None = None,
        lanes: tuple[Lane, ...] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not owner:
            return
        cls.owner, cls.model_version, cls.kind = owner, version, snake(cls.__name__)
        cls.key_field = key or cls.key_field
        cls.lanes = lanes or cls.lanes
        if cls.key_field is not None and cls.key_field not in cls.model_fields:
            raise TypeError(f"{cls.__name__} has no field {cls.key_field!r} to order by")
        REGISTRY[cls.kind] = cls

    @property
    def came_in(self) -> Envelope | None:
        """The envelope it came in; none for one that was not received."""
        return self._envelope

    @property
    def envelope(self) -> Envelope:
        """The envelope it came in. Only a message that was received has one."""
        envelope = self._envelope
        if envelope is None:
            raise LookupError("not a received message")
        return envelope

    def received_in(self, envelope: Envelope) -> Self:
        """The same message, in the envelope it came in."""
        self._envelope = envelope
        return self

    @property
    def ordering_key(self) -> str:
        """What it must not overtake: messages of one key are handled in their order. Empty: nothing."""
        return str(getattr(self, self.key_field)) if self.key_field else ""


class Command(Message):
    """A wish, told to the one part that owns what it changes."""

    refused: ClassVar[type["CommandRefused"]]
    is_internal: ClassVar[bool] = False
    """Told by a service to itself when something is due: no door waits for its answer."""

    @classmethod
    def __pydantic_init_subclass__(cls, owner: str = "", **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(owner, **kwargs)
        if owner:
            described = {"__doc__": f"{cls.__name__} was refused, and why.", "__module__": cls.__module__}
            cls.refused = types.new_class(
                f"{cls.__name__}Refused",
                (CommandRefused,),
                {"owner": owner},
                lambda namespace: namespace.update(described),
            )


class Event(Message):
    """What has happened, told to whoever listens: the aggregate's id, its version and its new state."""


RefusalName = Annotated[str, StringConstraints(max_length=40)]
RefusalValue = (
    Annotated[str, StringConstraints(max_length=1000)]
    | Annotated[int, Field(ge=-LARGEST_BIGINT, le=LARGEST_BIGINT)]
    | Moment
    | UUID
    | None
)


class CommandRefused(Event):
    """A command was refused by a rule: an answer, not a failure. The envelope's correlation names the command."""

    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]
    values: dict[RefusalName, RefusalValue] = Field(default_factory=dict, max_length=20)


REGISTRY: dict[str, type[Message]] = {}
"""Every message model by its kind, for those who open what came in."""


def snake(name: str) -> str:
    """`BookVisit` → `book_visit`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def exchange_of(model: type[Message]) -> str:
    """Where a message of this model is published: nameko's convention for events, one exchange for commands."""
    return COMMANDS_EXCHANGE if issubclass(model, Command) else f"{model.owner}.events"


def routing_key_of(model: type[Message], lane: Lane) -> str:
    """How it is routed: `{service}.{command}` or the event's name; a lane other than normal follows behind a dot."""
    name = f"{model.owner}.{model.kind}" if issubclass(model, Command) else model.kind
    return name if lane is Lane.NORMAL else f"{name}.{lane}"


Content = TypeVar("Content", bound=BaseModel)


def seal_content(content: BaseModel, about: str) -> SealedContent:
    """Personal content for a message, sealed; `about` is the subject it is bound to (a reference, an id)."""
    return keys().seal(Purpose.MESSAGES, content.model_dump_json(exclude_none=True).encode(), about)


def open_content(sealed: SealedContent, model: type[Content], about: str) -> Content:
    """What `seal_content` sealed. Raises CannotUnseal, and ValidationError where the content is not the model's."""
    return model.model_validate_json(keys().unseal(Purpose.MESSAGES, sealed, about))


def seal_picture(picture: bytes, about: str) -> SealedPicture:
    """A picture for a message, sealed; `about` is the id that it is bound to. At most about 290 KB fit."""
    return keys().seal(Purpose.MESSAGES, picture, about)


def open_picture(sealed: SealedPicture, about: str) -> bytes:
    """What `seal_picture` sealed. Raises CannotUnseal."""
    return keys().unseal(Purpose.MESSAGES, sealed, about)
