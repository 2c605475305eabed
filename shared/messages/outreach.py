"""What `outreach` is asked and tells: townhall meetings, notices, replies."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.bounds import Moment, TimeZone, Version
from shared.messages.approval import Digest, Words
from shared.messages.model import (
    MOST_INSTITUTIONS,
    Command,
    ContactId,
    Event,
    FamilyCommand,
    Institution,
    Lane,
    Language,
    LocalText,
    Message,
    StaffCommand,
)
from shared.messages.report_content import EventCode, Governorate


class PlanMeeting(StaffCommand, owner="outreach", key="meeting"):
    """A townhall meeting is planned, or its plan changes; where place or time moved, who was told is told again."""

    meeting: UUID
    title: LocalText
    place: LocalText
    governorate: Governorate
    starts_at: Moment
    time_zone: TimeZone = "Asia/Baghdad"
    is_public: bool = False
    """Whether the institution wants it on the public list: it is there once a second person has approved it."""
    partners: list[Institution] = Field(default_factory=list[Institution], max_length=10)
    """Other institutions whose outreach staff may read and approve what is said of this meeting."""


class ApprovePublication(StaffCommand, owner="outreach", key="meeting"):
    """A second person lets a meeting be listed in public, in the words that it was shown."""

    meeting: UUID
    digest: Digest


class CancelMeeting(StaffCommand, owner="outreach", key="meeting"):
    """A meeting will not take place; who was told is told so."""

    meeting: UUID


class Audience(BaseModel):
    """Who is told: every condition must hold; an empty list is no condition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    governorates: list[Governorate] = Field(default_factory=list[Governorate], max_length=40)
    events: list[EventCode] = Field(default_factory=list[EventCode], max_length=40)
    languages: list[Language] = Field(default_factory=list[Language], max_length=5)
    institutions: list[Institution] = Field(default_factory=list[Institution], max_length=MOST_INSTITUTIONS)
    fewer_samples_than: int | None = Field(default=None, ge=1, le=10)


class DraftNotice(StaffCommand, owner="outreach", key="notice"):
    """A notice is drafted: a reviewed template, its values, and its audience."""

    notice: UUID
    meeting: UUID | None = None
    template: Literal["townhall", "townhall_changed", "townhall_cancelled"]
    audience: Audience
    words: Words
    """What families will read, as the gateway fills the template in: the drafter has seen it."""

    @classmethod
    def upgraded(cls, version: int, content: dict[str, Any]) -> dict[str, Any] | None:
        """None: earlier versions did not say which words they were about."""
        return None


class ApproveNotice(StaffCommand, owner="outreach", key="notice"):
    """A second person lets the notice go out, in the words and to the audience that the digest stands for."""

    notice: UUID
    digest: Digest
    words: Words | None = None
    """Of an automatic notice, which nobody drafted: what its approver was shown."""

    @classmethod
    def upgraded(cls, version: int, content: dict[str, Any]) -> dict[str, Any] | None:
        """None: earlier versions did not say which words they were about."""
        return None


class StartNotice(StaffCommand, owner="outreach", key="notice"):
    """The notice goes out, now or at its time."""

    notice: UUID


class PauseNotice(StaffCommand, owner="outreach", key="notice"):
    """No further batch of the notice leaves until it is started again."""

    notice: UUID


class StopNotice(StaffCommand, owner="outreach", key="notice"):
    """The notice ends here."""

    notice: UUID


class BatchDue(Command, owner="outreach", key="notice", lanes=(Lane.BULK,)):
    """The next batch of a notice is due (told by the service to itself)."""

    is_internal = True

    notice: UUID


class RecordReply(FamilyCommand, owner="outreach", key="contact"):
    """A family answers a notice, by text, key press or at the desk."""

    contact: ContactId
    notice: UUID | None = None  # None: the last one it was sent
    answer: Literal["yes", "no"]
    people: int = Field(default=1, ge=1, le=12)


class MeetingChanged(Event, owner="outreach", key="meeting", lanes=(Lane.NORMAL, Lane.BULK)):
    """A meeting's state, newest version wins."""

    meeting: UUID
    version: Version
    title: LocalText
    place: LocalText
    governorate: Governorate
    starts_at: Moment
    time_zone: TimeZone
    is_public: bool
    is_cancelled: bool
    institution: Institution


class NoticeApproved(Event, owner="outreach", key="notice"):
    """A second person has approved a notice."""

    notice: UUID
    version: Version


class NoticeSent(Event, owner="outreach", key="notice", lanes=(Lane.BULK,)):
    """These contacts have been sent a notice, so that a YES or NO by text finds its question."""

    notice: UUID
    meeting: UUID | None
    contacts: list[ContactId] = Field(max_length=200)


class ReplyRecorded(Event, owner="outreach", key="contact", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family's answer to a notice is on record."""

    contact: ContactId
    notice: UUID
    version: Version
    answer: Literal["yes", "no"]
    people: int = Field(ge=1, le=12)


SmallCount = Annotated[str, Field(pattern=r"^(fewer than 10|[0-9]{1,10})$")]

MESSAGES: tuple[type[Message], ...] = (
    PlanMeeting, ApprovePublication, CancelMeeting, DraftNotice, ApproveNotice, StartNotice, PauseNotice, StopNotice,
    BatchDue, RecordReply,
    MeetingChanged, NoticeApproved, NoticeSent, ReplyRecorded,
)  # fmt: skip
