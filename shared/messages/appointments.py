"""What `appointments` is asked and tells: sites, collection sessions, visits, samples taken."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.messages.model import (
    Command,
    ContactId,
    Event,
    Lane,
    LocalText,
    Message,
    SealedContent,
    StaffId,
)
from shared.messages.report_content import Governorate, Relation
from shared.references import CaseReference

Barcode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{5,31}$")]
Places = Annotated[int, Field(ge=1, le=12)]


class OpenSite(Command, owner="appointments", key="site"):
    """A place where samples are taken."""

    site: UUID
    name: LocalText
    directions: LocalText = Field(default_factory=LocalText)
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "IQ"
    governorate: Governorate | None = None
    time_zone: str = "Asia/Baghdad"
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    has_women_staff: bool = False
    is_step_free: bool = False
    by: StaffId | None = None


class OpenSession(Command, owner="appointments", key="session"):
    """A collection session: from when to when, and how many places."""

    session: UUID
    site: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: int = Field(ge=1, le=2000)
    is_women_only: bool = False
    by: StaffId | None = None


class CloseSession(Command, owner="appointments", key="session"):
    """No visit can be booked any more; those booked are cancelled, and each family is told."""

    session: UUID
    by: StaffId


class BookVisit(Command, owner="appointments", key="visit"):
    """A family wants places at a session."""

    visit: UUID
    reference: CaseReference
    session: UUID
    places: Places
    contact: ContactId


class RescheduleVisit(Command, owner="appointments", key="visit"):
    """A family wants its visit at another session."""

    visit: UUID
    session: UUID


class CancelVisit(Command, owner="appointments", key="visit"):
    """A family, or a desk for it, gives its places back."""

    visit: UUID
    by: StaffId | None = None


class CheckIn(Command, owner="appointments", key="visit"):
    """The family is here."""

    visit: UUID
    people: int = Field(ge=0, le=12)
    by: StaffId


class SampleDetails(BaseModel):
    """Who gave a sample, and for whom: one donor may serve several missing persons."""

    model_config = ConfigDict(extra="forbid")

    donor_name: Annotated[str, Field(min_length=1, max_length=200)]
    relation: Relation
    biological: Literal["yes", "no", "unknown"] = "unknown"
    identity_document_seen: bool = False
    collected_by: Annotated[str, Field(max_length=200)] = ""
    witness: Annotated[str, Field(max_length=200)] = ""
    kit_lot: Annotated[str, Field(max_length=60)] = ""


class RegisterSample(Command, owner="appointments", key="sample"):
    """A reference sample was taken, under a barcode and no name."""

    sample: UUID
    donor: UUID
    barcode: Barcode
    references: list[CaseReference] = Field(min_length=1, max_length=20)
    visit: UUID | None = None
    site: UUID
    specimen: Literal["blood_card", "buccal_swab"] = "blood_card"
    taken_at: AwareDatetime
    details: SealedContent  # a SampleDetails about the sample's id
    by: StaffId


class SiteChanged(Event, owner="appointments", key="site", lanes=(Lane.NORMAL, Lane.BULK)):
    """A site's state, newest version wins."""

    site: UUID
    version: int = Field(ge=1)
    name: LocalText
    directions: LocalText
    country: str
    governorate: Governorate | None
    time_zone: str
    latitude: float | None
    longitude: float | None
    has_women_staff: bool
    is_step_free: bool
    is_open: bool


class SessionChanged(Event, owner="appointments", key="session", lanes=(Lane.NORMAL, Lane.BULK)):
    """A session's state, newest version wins."""

    session: UUID
    version: int = Field(ge=1)
    site: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: int
    free: int = Field(ge=0)
    is_open: bool
    is_women_only: bool


class VisitState(Event):
    """A visit's state, newest version wins."""

    visit: UUID
    version: int = Field(ge=1)
    reference: CaseReference
    contact: ContactId
    session: UUID
    site: UUID
    starts_at: AwareDatetime
    places: Places
    state: Literal["booked", "cancelled", "attended", "missed"]


class VisitBooked(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family has places at a collection session."""


class VisitCancelled(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family's places are free again."""


class VisitAttended(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family came."""


class RemindVisit(Command, owner="appointments", key="visit"):
    """A visit's reminder is due (told by the service to itself)."""

    is_internal = True

    visit: UUID
    version: int


class PlaceFreed(Event, owner="appointments", key="session"):
    """A session has room again."""

    session: UUID
    free: int = Field(ge=0)


class SampleCollected(Event, owner="appointments", key="sample", lanes=(Lane.NORMAL, Lane.BULK)):
    """A reference sample is in custody."""

    sample: UUID
    version: int = Field(ge=1)
    donor: UUID
    barcode: Barcode
    references: list[CaseReference]
    relation: Relation


MESSAGES: tuple[type[Message], ...] = (
    OpenSite, OpenSession, CloseSession, BookVisit, RescheduleVisit, CancelVisit, CheckIn, RegisterSample, RemindVisit,
    SiteChanged, SessionChanged, VisitBooked, VisitCancelled, VisitAttended, PlaceFreed, SampleCollected,
)  # fmt: skip
