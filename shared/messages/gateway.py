"""What `gateway`, the one door to the carrier, is asked and tells."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from shared.bounds import Count, Moment, TimeZone, Version
from shared.messages.approval import Digest
from shared.messages.model import Command, ContactId, Event, GatewaySealed, Lane, Language, LocalText, Message
from shared.messages.reports import PhoneIndex
from shared.references import CaseReference


class Template(StrEnum):
    """Every text that may leave, by name; the words, per language and with their reviewer, are the gateway's."""

    REGISTERED = "registered"  # {ref}
    CONFIRM_PHONE = "confirm_phone"  # asks an unverified number to confirm itself; no reference
    OTP = "otp"  # {code}, sealed
    STATUS = "status"  # {ref} {status}: a status word of the file, in the detail the family chose
    STATUS_NEUTRAL = "status_neutral"  # {ref}: "your file is open; nothing is asked of you" or "please contact us"
    CHOOSE_FILE = "choose_file"  # {count} {options}: several files on this phone; answer with a number or the reference
    APPOINTMENT = "appointment"  # {ref} {starts_at} {place}
    REMINDER = "reminder"
    CANCELLED = "cancelled"
    VISIT_MOVED = "visit_moved"  # {ref} {starts_at} {place}: its session does not take place; it is booked at another
    CLOSED_OFFER = "closed_offer"  # {starts_at} {place} {until}: the visit cannot be; this is held in its place
    CLOSED_WAITING = "closed_waiting"  # {ref} {starts_at}: the visit cannot be; the family is first in the line
    MISSED = "missed"  # {ref}: the family did not come, and may book again
    ON_WAITING_LIST = "on_waiting_list"  # {ref}
    PLACE_OFFERED = "place_offered"  # {starts_at} {place} {until}: held until then, to be answered by YES or NO
    SESSION_FULL = "session_full"  # {starts_at} {place}: of the next session with room
    NO_PLACES = "no_places"  # a YES goes on the waiting list
    OFFER_SESSIONS = "offer_sessions"  # {options}: numbered, to be answered with a number
    VISIT = "visit"  # {ref} {starts_at} {place}: the next visit
    NO_VISIT = "no_visit"
    ASK_PLACES = "ask_places"  # how many relatives come
    ASK_CANCEL_VISIT = "ask_cancel_visit"
    REQUEST_RECEIVED = "request_received"
    TOWNHALL = "townhall"  # {starts_at} {place}
    TOWNHALL_CHANGED = "townhall_changed"
    TOWNHALL_CANCELLED = "townhall_cancelled"
    REPLY_THANKS = "reply_thanks"
    CONTACT_US = "contact_us"  # {ref}
    RESPONSIBLE_CHANGED = "responsible_changed"  # {ref}: another office looks after the report
    QUESTION_WAITS = "question_waits"  # {ref}: something on the family's page waits for its yes or no
    NUMBER_CHANGED = "number_changed"  # to the old number and the second contact; no reference
    PIN_MADE = "pin_made"  # a desk made a PIN; no reference
    OPTOUT = "optout"
    OPTOUT_FILE = "optout_file"  # {ref}
    OPTIN = "optin"
    LANGUAGE_CHANGED = "language_changed"
    CALL_REQUESTED = "call_requested"
    RING_BACK = "ring_back"  # spoken only: the answer to a missed call
    HELP = "help"
    NO_PICTURES = "no_pictures"


TextClass = Literal["answer", "code", "reminder", "case", "notice"]
CarriedAs = Literal["sms", "call"]
ValueName = Annotated[str, Field(max_length=40)]
Values = dict[ValueName, Annotated[str, Field(max_length=1000)] | Count | Moment | LocalText]
"""What a template's fields are filled with. `starts_at` becomes `{date}` and `{time}` in the contact's language, a
LocalText the contact's own language; `until` a short day and time; `{phone}` is always the call desk's number."""


class Send(Command, owner="gateway", key="to_key", lanes=(Lane.URGENT, Lane.NORMAL)):
    """One text to one phone, written or spoken."""

    text: UUID
    contact: ContactId | None = None
    phone: GatewaySealed | None = None  # only for an answer to a phone that is nobody's contact
    language: Language | None = None  # only with `phone`; a contact has its own
    channel: CarriedAs | None = None  # None: as the contact chose
    template: Template
    values: Values = Field(default_factory=Values, max_length=20)
    sealed_values: dict[ValueName, GatewaySealed] = Field(default_factory=dict[str, GatewaySealed], max_length=20)
    text_class: TextClass
    not_after: Moment
    time_zone: TimeZone = "Asia/Baghdad"
    to_key: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="before")
    @classmethod
    def _keyed_by_receiver(cls, values: dict[str, object]) -> dict[str, object]:
        return (
            values if values.get("to_key") else {**values, "to_key": str(values.get("contact") or values.get("text"))}
        )

    @model_validator(mode="after")
    def _has_one_receiver(self) -> "Send":
        if (self.contact is None) == (self.phone is None):
            raise ValueError("a text goes to a contact or to a phone")
        return self


class SendBatch(Command, owner="gateway", version=2, key="notice", lanes=(Lane.BULK,)):
    """One text to many contacts, in the words that a second person approved."""

    batch: UUID
    words_digest: Digest
    """Of the approved words: where the gateway would send others, it sends nothing."""
    notice: UUID
    contacts: list[ContactId] = Field(min_length=1, max_length=200)
    template: Template
    values: Values = Field(default_factory=Values, max_length=20)
    not_after: Moment
    time_zone: TimeZone = "Asia/Baghdad"


class RecallNotice(Command, owner="gateway", key="notice", lanes=(Lane.URGENT,)):
    """An approval does not hold any more: no text of a notice in these words leaves, nor one that is still to come."""

    notice: UUID
    words_digest: Digest


class RecordDelivery(Command, owner="gateway", key="carrier_id", lanes=(Lane.BULK,)):
    """The carrier says how a text or a call fares; that a call was heard the portal says, where keys are pressed."""

    carrier_id: Annotated[str, Field(pattern=r"^(SM|MM|CA)[0-9a-f]{32}$")]
    text: UUID | None = None  # from the callback's URL
    status: Annotated[str, Field(pattern=r"^[a-z_]{2,30}$")]
    error_code: Count | None = None
    answered_by: Annotated[str, Field(pattern=r"^[a-z_]{2,30}$")] | None = None  # of a call: human, machine_start, …


class RecordInbound(Command, owner="gateway", key="phone_index"):
    """A text came in: for the record of every message."""

    carrier_id: Annotated[str, Field(max_length=64)]
    phone: GatewaySealed
    phone_index: PhoneIndex
    body: GatewaySealed
    keyword: Annotated[str, Field(max_length=20)]


class OptOut(Command, owner="gateway", key="phone_index", lanes=(Lane.URGENT,)):
    """A phone wants no more texts. Its confirmation leaves before the block."""

    phone: GatewaySealed
    phone_index: PhoneIndex
    language: Language
    confirmed_by_carrier: bool = False


class OptIn(Command, owner="gateway", key="phone_index", lanes=(Lane.URGENT,)):
    """A phone wants texts again."""

    phone: GatewaySealed
    phone_index: PhoneIndex
    language: Language


class TextSettled(Event, owner="gateway", key="text"):
    """How a single text ended: handed over, delivered, failed, expired, refused or unsettled."""

    text: UUID
    version: Version
    contact: ContactId | None
    reference: CaseReference | None = None
    state: Literal["handed_over", "delivered", "failed", "expired", "refused", "unsettled"]
    reason: Annotated[str, Field(max_length=100)] | None = None


class OptOutChanged(Event, owner="gateway", key="phone_index", lanes=(Lane.NORMAL, Lane.BULK)):
    """A phone stopped texts, or takes them again."""

    phone_index: PhoneIndex
    version: Version
    is_stopped: bool


class BatchProgressed(Event, owner="gateway", key="notice", lanes=(Lane.BULK,)):
    """How many of a batch's texts are where; newest version wins."""

    batch: UUID
    notice: UUID
    version: Version
    counts: dict[Literal["waiting", "handed_over", "delivered", "failed", "expired", "refused", "unsettled"], Count]


MESSAGES: tuple[type[Message], ...] = (
    Send, SendBatch, RecallNotice, RecordDelivery, RecordInbound, OptOut, OptIn,
    TextSettled, OptOutChanged, BatchProgressed,
)  # fmt: skip
