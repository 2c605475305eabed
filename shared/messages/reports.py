"""What `reports`, the owner of the central record, is asked and tells."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shared.bounds import Count, Moment, Version
from shared.messages.model import (
    MOST_INSTITUTIONS,
    Command,
    ContactId,
    Event,
    FamilyCommand,
    GatewaySealed,
    Institution,
    Lane,
    Language,
    Message,
    Sealable,
    SealedContent,
    SealedPicture,
    StaffCommand,
)
from shared.messages.report_content import Channel, Detail, EventCode, Governorate, Relation
from shared.references import CaseReference
from shared.sealing import Purpose

Status = Literal[
    "received", "being_checked", "registered", "more_information_needed", "samples_needed", "samples_complete",
    "search_continues", "please_contact_us", "with_your_contact_person", "closed_at_family_request",
]  # fmt: skip
ConcernKind = Literal["correction", "complaint", "question"]
Door = Literal["web", "text", "call", "desk"]
PhotoState = Literal["kept", "removed"]
Need = Literal["first_sample", "more_samples", "confirm_phone", "more_information"]
ConsentPurpose = Literal["keep", "share", "contact", "publish", "compare_abroad", "use_in_proceedings"]
RECIPIENTS: Mapping[str, TypeAdapter[Any]] = {"share": TypeAdapter(Institution), "contact": TypeAdapter(Channel)}
"""Whom a consent may be given to, by its purpose. Of the others nobody asks whom they name."""
PhoneIndex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MOST_STEPS = 1000
"""Of a timeline: the newest ones are published."""
MOST_OF_A_CASE = 1000
MOST_PHOTOS = 6
"""Kept photos a report: enough for several ages of a face, few enough to be looked at."""


class ContactDetails(BaseModel):
    """How a family member is reached: the phone sealed for the gateway, its blind index, and what was chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: ContactId
    phone: GatewaySealed | None = None
    phone_index: PhoneIndex | None = None
    is_verified: bool = False
    language: Language = "ar"
    channel: Channel = "sms"
    detail: Detail = "neutral"
    is_demo: bool = False
    logs_in_from: Moment | None = None  # until then the number opens nothing: the old one did not confirm it


class AcceptReport(FamilyCommand, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """Take a report into the central record; imports come in bulk."""

    reference: CaseReference
    content: SealedContent  # a ReportContent about the reference
    contact: ContactDetails
    channel: Literal["web", "desk", "api", "import", "phone"]


class AddToReport(FamilyCommand, owner="reports", key="reference"):
    """Add what a family or an institution knows; nothing that was said before is overwritten."""

    reference: CaseReference
    content: SealedContent  # a ReportAddition about the reference: only what is new or different


class WithdrawReport(FamilyCommand, owner="reports", key="reference"):
    """The family wants its file closed."""

    reference: CaseReference


class SetStatus(StaffCommand, owner="reports", key="reference"):
    """An officer moves a file on: being checked, registered, more information needed, search continues."""

    reference: CaseReference
    status: Status


class DecideLink(StaffCommand, owner="reports", key="link"):
    """A reviewer says whether two reports are about the same person, or takes such a decision back."""

    link: UUID
    decision: Literal["linked", "rejected", "undone"]
    reason: SealedContent | None = None  # a Remark about the link


class Remark(Sealable):
    """Free words of a person, which may name anybody: sealed wherever they travel or rest."""

    sealed_for = Purpose.FOR_PORTAL

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class SetConsent(FamilyCommand, owner="reports", key="reference"):
    """The family gives or takes back a consent."""

    reference: CaseReference
    purpose: ConsentPurpose
    recipient: str | None = Field(default=None, max_length=40)  # an institution, a channel; None: all
    is_given: bool
    text_version: str = Field(default="2026-11", max_length=40)
    language: Language | None = None
    read_aloud: bool = False

    @model_validator(mode="after")
    def _is_given_to_whom_its_purpose_allows(self) -> Self:
        """What was written once is taken back as it stands."""
        if self.is_given and self.recipient is not None and self.purpose in RECIPIENTS:
            try:
                RECIPIENTS[self.purpose].validate_python(self.recipient)
            except ValidationError:
                raise ValueError(f"a consent to {self.purpose} is not given to such a recipient") from None
        return self


class DeskVerification(BaseModel):
    """How a desk made sure that it speaks with the family, on record under an id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verification: UUID
    checks: list[Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]] = Field(min_length=1, max_length=10)
    verified_at: Moment


class SetContact(FamilyCommand, owner="reports", key="reference"):
    """How the family is reached changes: language, channel, level of detail, or a number that was verified."""

    reference: CaseReference
    language: Language | None = None
    channel: Channel | None = None
    detail: Detail | None = None
    phone: GatewaySealed | None = None
    phone_for_record: SealedContent | None = None  # a PhoneNumber about the reference
    phone_index: PhoneIndex | None = None
    is_verified: bool | None = None
    verification: DeskVerification | None = None
    """Of a desk that changes or verifies the number; a family has proved itself by a code."""
    is_confirmed_by_old: bool = False
    """Whether the family had come in by the old number: then the new one need not wait."""


class PhoneNumber(Sealable):
    """A phone number in E.164, to be kept sealed in the record."""

    sealed_for = Purpose.FOR_REPORTS

    number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]


class SetWishes(FamilyCommand, owner="reports", key="reference"):
    """What the family wants for the day that there is something to tell."""

    reference: CaseReference
    wishes: SealedContent  # a FamilyWishes about the reference


class FamilyWishes(Sealable):
    """Whom to tell, where, by whom; and what is to be done about further remains."""

    sealed_for = Purpose.FOR_PORTAL

    model_config = ConfigDict(extra="forbid")

    tell: Annotated[str, Field(max_length=200)] | None = None
    where: Annotated[str, Field(max_length=200)] | None = None
    by: Literal["woman", "man", "either"] = "either"
    when: Literal["any_time", "not_yet"] = "any_time"
    further_remains: Literal["tell_at_first", "tell_when_complete", "do_not_tell_again", "not_asked"] = "not_asked"
    burial_of_further: Literal["receive", "authority", "undecided"] = "undecided"


class SetSecondContact(FamilyCommand, owner="reports", key="reference"):
    """Whom the family trusts to confirm a change of its number: a phone that was verified, or none any more."""

    reference: CaseReference
    phone: GatewaySealed | None = None
    phone_index: PhoneIndex | None = None
    verification: DeskVerification | None = None  # as with SetContact


class OfferHandOver(StaffCommand, owner="reports", key="reference"):
    """The responsible institution wants another one to look after a report; its family and the other decide."""

    reference: CaseReference
    hand_over: UUID
    to: Institution
    reason: SealedContent  # a Remark about the hand-over


class AnswerHandOver(StaffCommand, owner="reports", key="reference"):
    """The institution that is asked to look after a report takes it on, or does not."""

    reference: CaseReference
    hand_over: UUID
    accepts: bool


class EndHandOver(StaffCommand, owner="reports", key="reference"):
    """The responsible institution keeps a report after all."""

    reference: CaseReference
    hand_over: UUID


class AgreeToHandOver(FamilyCommand, owner="reports", key="reference"):
    """A family says whether another institution may look after its report."""

    reference: CaseReference
    hand_over: UUID
    agrees: bool
    read_aloud: bool = False  # by the desk that writes it down


class TakeOverReport(StaffCommand, owner="reports", key="reference"):
    """A national coordinator gives a report of an institution that is closed to another one."""

    reference: CaseReference
    to: Institution
    reason: SealedContent  # a Remark about the reference


class NoteInstitution(StaffCommand, owner="reports", key="closed"):
    """A national coordinator or administrator says that an institution is closed, or open again."""

    closed: Institution
    is_closed: bool


class RaiseConcern(FamilyCommand, owner="reports", key="reference"):
    """A family corrects, complains or asks: a task for its case's desk. Told again under the same id, it is one."""

    reference: CaseReference
    concern: UUID
    concern_kind: ConcernKind
    door: Door
    words: SealedContent | None = None  # a Remark about the concern; none where the desk is to call and ask


class AnswerConcern(StaffCommand, owner="reports", key="reference"):
    """A desk answers what a family said."""

    reference: CaseReference
    concern: UUID
    answer: SealedContent  # a Remark about the concern


class ConcernDue(Command, owner="reports", key="concern"):
    """The answer to a family is late (the service sends it to itself)."""

    is_internal = True

    concern: UUID


class AddPhoto(FamilyCommand, owner="reports", key="reference"):
    """A family adds a photo of the missing person. Told again under the same id, it is one."""

    reference: CaseReference
    photo: UUID
    picture: SealedPicture  # a JPEG about the photo
    door: Door


class RemovePhoto(FamilyCommand, owner="reports", key="reference"):
    """A family takes a photo back: the picture is erased, that there was one stays on record."""

    reference: CaseReference
    photo: UUID


class ReportAccepted(Event, owner="reports", key="reference"):
    """A report is in the record, under a reference."""

    reference: CaseReference
    institution: Institution


class TimelineEntry(BaseModel):
    """A step that the family sees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    at: Moment


class HandOverState(BaseModel):
    """A hand-over that waits for its family, or for the institution that is to look after the report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hand_over: UUID
    to: Institution
    since: Moment
    is_agreed: bool = False
    is_accepted: bool = False


class ReportChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """The state of a family's file, newest version wins. No name, no number, no place below the governorate."""

    reference: CaseReference
    version: Version
    institution: Institution
    status: Status
    timeline: list[TimelineEntry] = Field(max_length=MOST_STEPS)
    needs: list[Need] = Field(max_length=10)
    governorate: Governorate | None
    event: EventCode | None
    contact: ContactId
    is_verified: bool
    language: Language
    channel: Channel
    detail: Detail
    consent_contact: list[Channel] = Field(max_length=10)
    consent_share: list[Institution] = Field(max_length=MOST_INSTITUTIONS)
    consent_also: list[ConsentPurpose] = Field(
        default_factory=list[ConsentPurpose], max_length=10
    )  # beyond sharing and contact
    samples: Count = 0
    would_help: list[Relation] = Field(
        default_factory=list[Relation], max_length=40
    )  # whose sample would help most, best first
    wants_to_wait: bool = False  # the family's wish: nobody asks it to get in touch
    contact_person: SealedContent | None = None  # who met it last: matching's ContactPerson about the reference
    is_open: bool = True
    is_demo: bool = False
    hand_over: HandOverState | None = None
    share_asked: list[Institution] = Field(default_factory=list[Institution], max_length=30)
    """Whom the family is asked to let read its report, since they may know the same person."""


class ContactChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """How a family member is reached; the gateway alone can open the phone."""

    reference: CaseReference
    version: Version
    details: ContactDetails


class WishesChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """What a family wishes for the day that there is something to tell, newest version wins."""

    reference: CaseReference
    version: Version
    wishes: SealedContent  # a FamilyWishes about the reference


class SecondContactChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """Whom a family trusts to confirm a change of its number; without a phone, nobody."""

    reference: CaseReference
    version: Version
    phone: GatewaySealed | None = None
    phone_index: PhoneIndex | None = None


class ConcernChanged(Event, owner="reports", key="concern", lanes=(Lane.NORMAL, Lane.BULK)):
    """What a family said, who is to answer it and by when, and how it was answered; the newest version counts."""

    concern: UUID
    version: Version
    reference: CaseReference
    desk: Institution | None = None
    due_at: Moment | None = None
    is_late: bool = False
    concern_kind: ConcernKind
    door: Door
    words: SealedContent | None
    raised_at: Moment
    answer: SealedContent | None = None
    answered_at: Moment | None = None


class PhotoChanged(Event, owner="reports", key="photo", lanes=(Lane.NORMAL, Lane.BULK)):
    """A photo of a missing person is kept, or was taken back; never the picture: version 1 is kept, 2 removed."""

    photo: UUID
    version: Version
    reference: CaseReference
    state: PhotoState
    door: Door
    added_at: Moment


class LinkProposed(Event, owner="reports", key="link"):
    """Two reports may be about the same person; a reviewer decides."""

    link: UUID
    version: Version
    institutions: list[Institution] = Field(max_length=10)


class CaseLinked(Event, owner="reports", key="link"):
    """Two reports were found to be about one person; they now share a case. No family's file changes by it."""

    link: UUID
    version: Version
    case: UUID
    references: list[CaseReference] = Field(max_length=MOST_OF_A_CASE)


class CaseUnlinked(Event, owner="reports", key="link"):
    """A link was taken back."""

    link: UUID
    version: Version
    references: list[CaseReference] = Field(max_length=MOST_OF_A_CASE)


MESSAGES: tuple[type[Message], ...] = (
    AcceptReport, AddToReport, WithdrawReport, SetStatus, DecideLink, SetConsent, SetContact, SetWishes,
    SetSecondContact, OfferHandOver, AnswerHandOver, EndHandOver, AgreeToHandOver, TakeOverReport, NoteInstitution,
    RaiseConcern, AnswerConcern, ConcernDue, AddPhoto, RemovePhoto, ReportAccepted, ReportChanged, ContactChanged,
    WishesChanged, SecondContactChanged, ConcernChanged, PhotoChanged, LinkProposed, CaseLinked, CaseUnlinked,
)  # fmt: skip
