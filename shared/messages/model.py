"""What every message is: a pydantic model with an owner, a version, and an envelope that travels beside its body."""

import re
import types
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, model_validator

from shared.bounds import LARGEST_BIGINT, Moment
from shared.references import CaseReference
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
NationalRole = Literal["coordinator", "link_reviewer", "match_reviewer", "administrator"]
"""A role whose holder acts on what belongs to any institution, by rules that name the role."""
UNNAMED_KEY = UUID(int=0)
"""The key behind what an institution submitted before commands named their actor."""


class Actor(BaseModel):
    """Who acts for an institution: a member of its staff, or a program that holds one of its keys.

    `national` is set only where the member acts in a national role: its institution owns nothing by
    it, and only a rule that names the role lets it act.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    institution: Institution
    staff: StaffId | None = None
    key: UUID | None = None
    national: NationalRole | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if (self.staff is None) == (self.key is None):
            raise ValueError("an actor is a member of staff or a key")
        if self.national and self.staff is None:
            raise ValueError("only a member of staff has a national role")
        return self


class FamilyActor(BaseModel):
    """A family that acts on its own report, after its channel has let it in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: CaseReference


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
    first_version: ClassVar[int] = 1
    """The version that a model of this kind has unless it names another."""
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
        version: int | None = None,
        key: str | None = None,
        lanes: tuple[Lane, ...] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not owner:
            return
        cls.owner, cls.kind = owner, snake(cls.__name__)
        cls.model_version = version or cls.first_version
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

    @classmethod
    def upgraded(cls, version: int, content: dict[str, Any]) -> dict[str, Any] | None:
        """The content of an older version as this one has it; none where it cannot be known."""
        return None

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


class InstitutionCommand(Command):
    """A command of an institution: the owner of what it changes decides whether the actor may."""

    first_version = 2
    """Version 1 named no institution."""

    actor: Actor

    @classmethod
    def upgraded(cls, version: int, content: dict[str, Any]) -> dict[str, Any] | None:
        """With an actor, where a command of version 1 said whose it was."""
        return _with_actor(content) if version == 1 else None

    @property
    def institution(self) -> Institution:
        """The institution that acts."""
        return self.actor.institution


class StaffCommand(InstitutionCommand):
    """A command that only a person may give."""

    @model_validator(mode="after")
    def _is_given_by_a_person(self) -> Self:
        if self.actor.staff is None:
            raise ValueError("only a member of staff may do this")
        return self

    @property
    def by(self) -> StaffId:
        """The member of staff who acts."""
        assert self.actor.staff is not None
        return self.actor.staff


class FamilyCommand(Command):
    """A command that a family submits for its own report, or an institution for the family."""

    first_version = 2
    """Version 1 named no institution."""

    actor: Actor | FamilyActor

    @classmethod
    def upgraded(cls, version: int, content: dict[str, Any]) -> dict[str, Any] | None:
        """With an actor, where a command of version 1 said whose it was or came from a family."""
        return _with_actor(content) if version == 1 else None

    @property
    def by(self) -> StaffId | None:
        """The member of staff who acts; none where the family itself or a key does."""
        return self.actor.staff if isinstance(self.actor, Actor) else None

    @property
    def institution(self) -> Institution | None:
        """The institution that acts; none where the family itself does."""
        return self.actor.institution if isinstance(self.actor, Actor) else None


def _with_actor(content: dict[str, Any]) -> dict[str, Any] | None:
    """A command of version 1 with the actor that its fields name; none where they name nobody."""
    rest = {name: value for name, value in content.items() if name not in ("by", "entered_by", "institution")}
    staff, institution = content.get("by") or content.get("entered_by"), content.get("institution")
    if institution is not None:
        who = {"staff": staff} if staff else {"key": UNNAMED_KEY}
        return {**rest, "actor": {"institution": institution, **who}}
    if staff is None and "reference" in content:
        return {**rest, "actor": {"reference": content["reference"]}}
    return None


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


class Sealable(BaseModel):
    """Personal content that travels in messages only sealed."""

    sealed_for: ClassVar[Purpose]
    """Whose key seals it: that of the processes which may open it."""


Content = TypeVar("Content", bound=Sealable)


def seal_content(content: Sealable, about: str) -> SealedContent:
    """Personal content for a message, sealed; `about` is the subject it is bound to (a reference, an id)."""
    return keys().seal(content.sealed_for, content.model_dump_json(exclude_none=True).encode(), about)


def open_content(sealed: SealedContent, model: type[Content], about: str) -> Content:
    """What `seal_content` sealed. Raises CannotUnseal, and ValidationError where the content is not the model's."""
    return model.model_validate_json(keys().unseal(model.sealed_for, sealed, about))


def seal_picture(picture: bytes, about: str) -> SealedPicture:
    """A picture for a message, sealed; `about` is the id that it is bound to. At most about 290 KB fit."""
    return keys().seal(Purpose.FOR_REPORTS, picture, about)


def open_picture(sealed: SealedPicture, about: str) -> bytes:
    """What `seal_picture` sealed. Raises CannotUnseal."""
    return keys().unseal(Purpose.FOR_REPORTS, sealed, about)
