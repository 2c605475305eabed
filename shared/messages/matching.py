"""What `matching` is asked and tells. No message here names a match: laboratory reports travel sealed, and what goes
to a family is the same whether its occasion is routine or grave."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.bounds import Moment, Version
from shared.messages.appointments import MOST_REFERENCES, Barcode
from shared.messages.model import (
    Command,
    Event,
    InstitutionCommand,
    Lane,
    Message,
    Sealable,
    SealedContent,
    StaffCommand,
    StaffId,
)
from shared.references import CaseReference
from shared.sealing import Purpose


class LaboratoryReport(Sealable):
    """What a laboratory hands in: the result of one sample, or a match of remains with donors."""

    sealed_for = Purpose.FOR_MATCHING

    model_config = ConfigDict(extra="forbid")

    kind: Literal["result", "match"]
    laboratory_number: Annotated[str, Field(min_length=1, max_length=60)]
    barcode: Barcode | None = None  # result: the sample
    quality: Literal["ok", "repeat", "mix_up_suspected"] | None = None
    loci: int | None = Field(default=None, ge=0, le=100)
    remains_barcode: Barcode | None = None  # match
    donor_barcodes: list[Barcode] = Field(default_factory=list[Barcode], max_length=40)
    relation_tested: Annotated[str, Field(max_length=200)] | None = None
    likelihood_ratio: float | None = Field(default=None, ge=0, le=1e100)
    prior: float | None = Field(default=None, gt=0, lt=1)
    posterior: float | None = Field(default=None, ge=0, le=1)
    remark: Annotated[str, Field(max_length=2000)] | None = None
    signed_by: Annotated[str, Field(max_length=200)] | None = None
    signed_at: Moment | None = None


class RecordLaboratoryReport(InstitutionCommand, owner="matching", key="laboratory_report"):
    """A laboratory hands in a report."""

    laboratory_report: UUID
    content: SealedContent  # a LaboratoryReport about the report's id


class Review(StaffCommand, owner="matching", key="item"):
    """A reviewer's word on an item of the review list."""

    item: UUID
    opinion: SealedContent  # an Opinion about the item


class Opinion(Sealable):
    """What a reviewer found, and why."""

    sealed_for = Purpose.FOR_MATCHING

    model_config = ConfigDict(extra="forbid")

    decision: Literal["confirm", "reject"]
    reason: Annotated[str, Field(max_length=2000)] = ""


class AssignContactPerson(StaffCommand, owner="matching", key="contact_request"):
    """A case manager takes a family on."""

    contact_request: UUID
    case_manager: StaffId


class PlanContact(StaffCommand, owner="matching", key="reference"):
    """A desk wants a family to be asked to get in touch, with the next round."""

    reference: CaseReference


class RecordMeeting(StaffCommand, owner="matching", key="contact_request"):
    """A case manager met the family, and records what was said and wished."""

    contact_request: UUID
    account: SealedContent  # a MeetingAccount about the contact request


class MeetingAccount(Sealable):
    """Who was met, where, by whom, what was explained, what the family decided, what is still open."""

    sealed_for = Purpose.FOR_MATCHING

    model_config = ConfigDict(extra="forbid")

    met_at: Moment
    place: Annotated[str, Field(max_length=200)] = ""
    people_met: Annotated[str, Field(max_length=400)] = ""
    support_present: bool = False
    decision: Annotated[str, Field(max_length=2000)] = ""
    open_questions: Annotated[str, Field(max_length=2000)] = ""


class ContactPerson(Sealable):
    """Who met a family: sealed on the way, since who meets whom might tell what about."""

    sealed_for = Purpose.CONTACT_PERSONS

    staff: StaffId


class RoundDue(Command, owner="matching"):
    """The next round of 'please contact us' is due (told by the service to itself)."""

    is_internal = True

    round_at: Moment


class ContactRequested(Event, owner="matching", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family is asked to get in touch. The occasion is never told."""

    reference: CaseReference
    contact_request: UUID
    version: Version


class MeetingRecorded(Event, owner="matching", key="reference", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family was met in person, on whatever occasion, by its contact person."""

    reference: CaseReference
    contact_request: UUID
    version: Version
    contact_person: SealedContent | None = None  # a ContactPerson about the reference


class SampleStateChanged(Event, owner="matching", key="sample", lanes=(Lane.NORMAL, Lane.BULK)):
    """Where a reference sample's work stands."""

    sample: UUID
    version: Version
    references: list[CaseReference] = Field(max_length=MOST_REFERENCES)
    state: Literal["received", "usable", "repeat_needed"]


MESSAGES: tuple[type[Message], ...] = (
    RecordLaboratoryReport, Review, AssignContactPerson, PlanContact, RecordMeeting, RoundDue,
    ContactRequested, MeetingRecorded, SampleStateChanged,
)  # fmt: skip
