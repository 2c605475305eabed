"""What `reports`, the owner of the central record, is asked and tells."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.messages.model import (
    Command,
    ContactId,
    Event,
    GatewaySealed,
    Institution,
    Lane,
    Language,
    Message,
    SealedContent,
    StaffId,
)
from shared.messages.report_content import Channel, Detail, EventCode, Governorate
from shared.references import CaseReference

Status = Literal[
    "received", "being_checked", "registered", "more_information_needed", "samples_needed", "samples_complete",
    "search_continues", "please_contact_us", "with_your_contact_person", "closed_at_family_request",
]  # fmt: skip
Need = Literal["first_sample", "more_samples", "confirm_phone", "more_information"]
ConsentPurpose = Literal["keep", "share", "contact", "publish", "compare_abroad", "use_in_proceedings"]
PhoneIndex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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


class AcceptReport(Command, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """Take a report into the central record; imports come in bulk."""

    reference: CaseReference
    content: SealedContent  # a ReportContent about the reference
    contact: ContactDetails
    institution: Institution
    channel: Literal["web", "desk", "api", "import", "phone"]
    entered_by: StaffId | None = None


class AddToReport(Command, owner="reports", key="reference"):
    """Add what a family or an institution knows; nothing that was said before is overwritten."""

    reference: CaseReference
    content: SealedContent  # a ReportContent about the reference: only what is new or different
    institution: Institution
    entered_by: StaffId | None = None


class WithdrawReport(Command, owner="reports", key="reference"):
    """The family wants its file closed."""

    reference: CaseReference
    by: StaffId | None = None


class SetStatus(Command, owner="reports", key="reference"):
    """An officer moves a file on: being checked, registered, more information needed, search continues."""

    reference: CaseReference
    status: Status
    by: StaffId


class DecideLink(Command, owner="reports", key="link"):
    """A reviewer says whether two reports are about the same person, or takes such a decision back."""

    link: UUID
    decision: Literal["linked", "rejected", "undone"]
    by: StaffId
    institution: Institution
    reason: SealedContent | None = None  # a Remark about the link


class Remark(BaseModel):
    """Free words of a person, which may name anybody: sealed wherever they travel or rest."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class SetConsent(Command, owner="reports", key="reference"):
    """The family gives or takes back a consent."""

    reference: CaseReference
    purpose: ConsentPurpose
    recipient: str | None = Field(default=None, max_length=40)  # an institution, a channel; None: all
    is_given: bool
    text_version: str = Field(default="2026-11", max_length=40)
    language: Language | None = None
    read_aloud: bool = False
    by: StaffId | None = None


class SetContact(Command, owner="reports", key="reference"):
    """How the family is reached changes: language, channel, level of detail, or a number that was verified."""

    reference: CaseReference
    language: Language | None = None
    channel: Channel | None = None
    detail: Detail | None = None
    phone: GatewaySealed | None = None
    phone_for_record: SealedContent | None = None  # a PhoneNumber about the reference
    phone_index: PhoneIndex | None = None
    is_verified: bool | None = None
    by: StaffId | None = None


class PhoneNumber(BaseModel):
    """A phone number in E.164, to be kept sealed in the record."""

    number: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]


class SetWishes(Command, owner="reports", key="reference"):
    """What the family wants for the day that there is something to tell."""

    reference: CaseReference
    wishes: SealedContent  # a FamilyWishes about the reference
    by: StaffId | None = None


class FamilyWishes(BaseModel):
    """Whom to tell, where, by whom; and what is to be done about further remains."""

    model_config = ConfigDict(extra="forbid")

    tell: Annotated[str, Field(max_length=200)] | None = None
    where: Annotated[str, Field(max_length=200)] | None = None
    by: Literal["woman", "man", "either"] = "either"
    when: Literal["any_time", "not_yet"] = "any_time"
    further_remains: Literal["tell_at_first", "tell_when_complete", "do_not_tell_again", "not_asked"] = "not_asked"
    burial_of_further: Literal["receive", "authority", "undecided"] = "undecided"


class ReportAccepted(Event, owner="reports", key="reference"):
    """A report is in the record, under a reference."""

    reference: CaseReference
    institution: Institution


class TimelineEntry(BaseModel):
    """A step that the family sees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    at: AwareDatetime


class ReportChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """The state of a family's file, newest version wins. No name, no number, no place below the governorate."""

    reference: CaseReference
    version: int = Field(ge=1)
    institution: Institution
    status: Status
    timeline: list[TimelineEntry]
    needs: list[Need]
    governorate: Governorate | None
    event: EventCode | None
    contact: ContactId
    is_verified: bool
    language: Language
    channel: Channel
    detail: Detail
    consent_contact: list[Channel]
    consent_share: list[Institution]
    samples: int = Field(default=0, ge=0)
    is_open: bool = True
    is_demo: bool = False


class ContactChanged(Event, owner="reports", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """How a family member is reached; the gateway alone can open the phone."""

    reference: CaseReference
    version: int = Field(ge=1)
    details: ContactDetails


class LinkProposed(Event, owner="reports", key="link"):
    """Two reports may be about the same person; a reviewer decides."""

    link: UUID
    version: int = Field(ge=1)
    institutions: list[Institution]


class CaseLinked(Event, owner="reports", key="link"):
    """Two reports were found to be about one person; they now share a case. No family's file changes by it."""

    link: UUID
    version: int = Field(ge=1)
    case: UUID
    references: list[CaseReference]


class CaseUnlinked(Event, owner="reports", key="link"):
    """A link was taken back."""

    link: UUID
    version: int = Field(ge=1)
    references: list[CaseReference]


MESSAGES: tuple[type[Message], ...] = (
    AcceptReport, AddToReport, WithdrawReport, SetStatus, DecideLink, SetConsent, SetContact, SetWishes,
    ReportAccepted, ReportChanged, ContactChanged, LinkProposed, CaseLinked, CaseUnlinked,
)  # fmt: skip
