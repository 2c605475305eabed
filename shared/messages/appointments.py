"""What `appointments` is asked and tells: sites, collection sessions, visits, samples taken."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from shared.bounds import Count, Moment, TimeZone, Version
from shared.messages.model import (
    Command,
    ContactId,
    Event,
    FamilyCommand,
    Institution,
    Lane,
    LocalText,
    Message,
    Sealable,
    SealedContent,
    StaffCommand,
)
from shared.messages.report_content import Governorate, Relation
from shared.references import CaseReference
from shared.sealing import Purpose

Barcode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{5,31}$")]
Places = Annotated[int, Field(ge=1, le=12)]
MOST_REFERENCES = 20
"""That one sample is given for."""


class OpenSite(StaffCommand, owner="appointments", key="site"):
    """A place where samples are taken."""

    site: UUID
    name: LocalText
    directions: LocalText = Field(default_factory=LocalText)
    street: LocalText = Field(default_factory=LocalText)
    hours: LocalText = Field(default_factory=LocalText)
    desk_number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "IQ"
    governorate: Governorate | None = None
    time_zone: TimeZone = "Asia/Baghdad"
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    has_women_staff: bool = False
    is_step_free: bool = False


class AssignSite(StaffCommand, owner="appointments", key="site"):
    """A coordinator says which institution runs a site."""

    site: UUID
    runs: Institution


class OpenSession(StaffCommand, owner="appointments", key="session"):
    """A collection session: from when to when, and how many places."""

    session: UUID
    site: UUID
    starts_at: Moment
    ends_at: Moment
    capacity: int = Field(ge=1, le=2000)
    is_women_only: bool = False


class CloseSession(StaffCommand, owner="appointments", key="session"):
    """A session does not take place. Who booked is moved to `replacement` where it has room; every other family is
    offered a held place elsewhere, or waits at the head of the line. Each is told once."""

    session: UUID
    replacement: UUID | None = None


class CloseSite(StaffCommand, owner="appointments", key="site"):
    """A site is open no more: each of its sessions to come closes, as `CloseSession` says."""

    site: UUID


class BookVisit(FamilyCommand, owner="appointments", key="visit"):
    """A family wants places at a session."""

    visit: UUID
    reference: CaseReference
    session: UUID
    places: Places
    contact: ContactId
    consents_to_transfer: bool = False
    """Needed for a site abroad: what is given there is sent to Iraq."""


class RescheduleVisit(FamilyCommand, owner="appointments", key="visit"):
    """A family wants its visit at another session."""

    visit: UUID
    session: UUID
    consents_to_transfer: bool = False


class CancelVisit(FamilyCommand, owner="appointments", key="visit"):
    """A family, or a desk for it, gives its places back."""

    visit: UUID


class JoinWaitingList(FamilyCommand, owner="appointments", key="entry"):
    """A family wants to be offered what becomes free: on one day, at one site, or anywhere in a governorate."""

    entry: UUID
    reference: CaseReference
    contact: ContactId
    places: Places
    session: UUID | None = None
    site: UUID | None = None
    governorate: Governorate | None = None
    takes_women_only: bool = False
    consents_to_transfer: bool = False

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> "JoinWaitingList":
        if sum(each is not None for each in (self.session, self.site, self.governorate)) != 1:
            raise ValueError("one waits for a session, at a site or in a governorate")
        return self


class AnswerOffer(FamilyCommand, owner="appointments", key="entry"):
    """A family that waits takes the places held for it, or leaves them to the next."""

    entry: UUID
    offer: UUID
    accepts: bool


class LeaveWaitingList(FamilyCommand, owner="appointments", key="entry"):
    """A family waits no more."""

    entry: UUID


class ExpireWaiting(Command, owner="appointments", key="entry"):
    """An offer's time is over, or, without one, the day that an entry waits for has begun (told to itself)."""

    is_internal = True

    entry: UUID
    offer: UUID | None = None


class CheckIn(StaffCommand, owner="appointments", key="visit"):
    """The family is here."""

    visit: UUID
    people: int = Field(ge=0, le=12)


class ReceiveWalkIn(StaffCommand, owner="appointments", key="visit"):
    """A family came without a booking: it is received, whether or not a place was left."""

    visit: UUID
    reference: CaseReference
    contact: ContactId
    session: UUID
    people: Places


class SampleDetails(Sealable):
    """Who gave a sample, and for whom: one donor may serve several missing persons."""

    sealed_for = Purpose.FOR_APPOINTMENTS

    model_config = ConfigDict(extra="forbid")

    donor_name: Annotated[str, Field(min_length=1, max_length=200)]
    relation: Relation
    biological: Literal["yes", "no", "unknown"] = "unknown"
    identity_document_seen: bool = False
    collected_by: Annotated[str, Field(max_length=200)] = ""
    witness: Annotated[str, Field(max_length=200)] = ""
    kit_lot: Annotated[str, Field(max_length=60)] = ""


class RegisterSample(StaffCommand, owner="appointments", key="sample"):
    """A reference sample was taken, under a barcode and no name."""

    sample: UUID
    donor: UUID
    barcode: Barcode
    references: list[CaseReference] = Field(min_length=1, max_length=MOST_REFERENCES)
    visit: UUID | None = None
    site: UUID
    specimen: Literal["blood_card", "buccal_swab"] = "blood_card"
    taken_at: Moment
    details: SealedContent  # a SampleDetails about the sample's id


class EnterRow(StaffCommand, owner="appointments", key="sample"):
    """A row of a day's paper list: who came, booked or not, and the sample under the pair of labels of its card and its
    consent sheet. When it was taken is told apart from when it is entered."""

    sample: UUID
    donor: UUID
    session: UUID
    reference: CaseReference
    contact: ContactId
    barcode: Barcode
    sheet_barcode: Barcode
    specimen: Literal["blood_card", "buccal_swab"] = "blood_card"
    taken_at: Moment
    details: SealedContent  # a SampleDetails about the sample's id


class RecordCustody(StaffCommand, owner="appointments", key="barcode"):
    """A sample goes from hand to hand: it is handed over, received or destroyed."""

    barcode: Barcode
    step: Literal["handed_over", "received", "destroyed"]
    holder: Literal["site", "courier", "laboratory", "store"]
    recipient: Institution | None = None
    """Handed over: the institution that is to receive the sample, and then holds it."""
    seal: Annotated[str, Field(max_length=40)] = ""
    site: UUID | None = None
    happened_at: Moment


class SiteChanged(Event, owner="appointments", key="site", lanes=(Lane.NORMAL, Lane.BULK)):
    """A site's state, newest version wins."""

    site: UUID
    version: Version
    name: LocalText
    directions: LocalText
    street: LocalText = Field(default_factory=LocalText)
    hours: LocalText = Field(default_factory=LocalText)
    desk_number: Annotated[str, Field(max_length=20)] | None = None
    country: Annotated[str, Field(max_length=60)]
    governorate: Governorate | None
    time_zone: TimeZone
    latitude: Annotated[float, Field(ge=-90, le=90)] | None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None
    has_women_staff: bool
    is_step_free: bool
    is_open: bool


class SessionChanged(Event, owner="appointments", key="session", lanes=(Lane.NORMAL, Lane.BULK)):
    """A session's state, newest version wins."""

    session: UUID
    version: Version
    site: UUID
    starts_at: Moment
    ends_at: Moment
    capacity: Count
    free: Count
    is_open: bool
    is_women_only: bool


class VisitState(Event):
    """A visit's state, newest version wins."""

    visit: UUID
    version: Version
    reference: CaseReference
    contact: ContactId
    session: UUID
    site: UUID
    starts_at: Moment
    places: Places
    state: Literal["booked", "cancelled", "attended", "missed"]


class VisitBooked(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family has places at a collection session."""


class VisitCancelled(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family's places are free again."""


class VisitAttended(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family came."""


class VisitMissed(VisitState, owner="appointments", key="visit", lanes=(Lane.NORMAL, Lane.BULK)):
    """A family did not come; it may book again whenever it wishes."""


class WaitingChanged(Event, owner="appointments", key="entry", lanes=(Lane.NORMAL, Lane.BULK)):
    """A place in the waiting line, newest version wins. An open offer holds its places until `offer_ends_at`."""

    entry: UUID
    version: Version
    reference: CaseReference
    contact: ContactId
    places: Places
    session: UUID | None
    site: UUID | None
    governorate: Governorate | None
    since: Moment
    state: Literal["waiting", "offered", "booked", "ended"]
    offer: UUID | None = None
    offered_session: UUID | None = None
    offer_ends_at: Moment | None = None
    ended_because: Literal["left", "declined", "unanswered", "day_began", "session_closed", "file_closed"] | None = None


class FollowUpSession(Command, owner="appointments", key="session"):
    """A session's day is over: who did not come is told how to book again (told by the service to itself)."""

    is_internal = True

    session: UUID
    tries: Count = 0


class RemindVisit(Command, owner="appointments", key="visit"):
    """A visit's reminder is due (told by the service to itself)."""

    is_internal = True

    visit: UUID
    version: Version


class PlaceFreed(Event, owner="appointments", key="session"):
    """A session has room again."""

    session: UUID
    free: Count


class SampleCollected(Event, owner="appointments", key="sample", lanes=(Lane.NORMAL, Lane.BULK)):
    """A reference sample is in custody, and whose."""

    sample: UUID
    version: Version
    donor: UUID
    barcode: Barcode
    references: list[CaseReference] = Field(max_length=MOST_REFERENCES)
    relation: Relation
    held_by: Institution | None = None
    """The institution in whose custody the sample is; unknown for some taken before it was recorded."""


MESSAGES: tuple[type[Message], ...] = (
    OpenSite, AssignSite, CloseSite, OpenSession, CloseSession, BookVisit, RescheduleVisit, CancelVisit,
    JoinWaitingList, AnswerOffer, LeaveWaitingList, ExpireWaiting, CheckIn, ReceiveWalkIn, RegisterSample, EnterRow,
    RecordCustody, RemindVisit, FollowUpSession,
    SiteChanged, SessionChanged, VisitBooked, VisitCancelled, VisitAttended, VisitMissed, WaitingChanged, PlaceFreed,
    SampleCollected,
)  # fmt: skip
