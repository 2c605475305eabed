"""What other parts own and families read here: kept by the projector, newest version wins, rebuilt by `sila resync`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from portal.tables.registry import PortalTable, count, document, flag, moment, one_of, texts
from shared.bounded_columns import moments

CHANGED_IN = sa.text("(pg_current_xact_id()::text)::bigint")


class FamilyFile(PortalTable, table=True):
    """A report as its family sees it.

    `changed_in` is the transaction that wrote this state: institutions' change feed goes by it.
    """

    __table_args__ = (
        sa.Index("family_file_contact", "contact"),
        sa.Index("family_file_feed", "changed_in", "reference"),
        sa.Index("family_file_institution", "institution"),
    )

    reference: str = Field(primary_key=True)
    version: int
    institution: str
    status: str
    timeline: list[dict[str, Any]] = document("[]")
    needs: list[str] = texts()
    governorate: str | None = None
    event: str | None = None
    contact: UUID
    is_verified: bool
    language: str
    channel: str
    detail: str
    consent_contact: list[str] = texts()
    consent_share: list[str] = texts()
    consent_also: list[str] = texts()
    samples: int = count()
    would_help: list[str] = texts()
    wants_to_wait: bool = flag(default=False)
    contact_person: UUID | None = None
    is_open: bool = flag(default=True)
    is_demo: bool = flag(default=False)
    hand_over: dict[str, Any] | None = Field(None, sa_type=JSONB(none_as_null=True))  # pyright: ignore[reportArgumentType]
    share_asked: list[str] = texts()
    changed_at: datetime = moment(default_now=True)
    changed_in: int = Field(sa_type=sa.BigInteger, sa_column_kwargs={"server_default": CHANGED_IN})


class Contact(PortalTable, table=True):
    """How a family member is reached. The phone is sealed for the gateway: here it can be found, and not read."""

    contact: UUID = Field(primary_key=True)
    version: int
    reference: str = Field(index=True)
    phone_index: str | None = Field(None, index=True)
    sealed_phone: str | None = None
    is_verified: bool
    language: str
    channel: str
    detail: str
    is_demo: bool = flag(default=False)
    logs_in_from: datetime | None = moment(nullable=True)


class FamilyWishes(PortalTable, table=True):
    """What a family wishes for the day that there is something to tell."""

    reference: str = Field(primary_key=True)
    version: int
    sealed_wishes: str


class SecondContact(PortalTable, table=True):
    """A phone that a family trusts to confirm a change of its number, sealed for the gateway; none: nobody."""

    reference: str = Field(primary_key=True)
    version: int
    phone_index: str | None = None
    sealed_phone: str | None = None


class Concern(PortalTable, table=True):
    """What a family said of its file, and its desk's answer. Both are sealed."""

    __table_args__ = (
        sa.Index("concern_of_reference", "reference", "raised_at"),
        *moments("raised_at", "answered_at", "due_at"),
    )

    concern: UUID = Field(primary_key=True)
    version: int
    reference: str
    concern_kind: str
    door: str
    sealed_words: str | None = None
    raised_at: datetime = moment()
    sealed_answer: str | None = None
    answered_at: datetime | None = moment(nullable=True)
    desk: str | None = None
    due_at: datetime | None = moment(nullable=True)
    is_late: bool = flag(default=False)


class Photo(PortalTable, table=True):
    """That a family has given a photo, and when. The picture itself is the record's alone."""

    __table_args__ = (
        one_of("state", "kept", "removed"),
        *moments("added_at"),
        sa.Index("photo_of_reference", "reference", "added_at"),
    )

    photo: UUID = Field(primary_key=True)
    version: int
    reference: str
    state: str
    door: str
    added_at: datetime = moment()


class Site(PortalTable, table=True):
    """A place where samples are taken."""

    site: UUID = Field(primary_key=True)
    version: int
    name: dict[str, str] = document("{}")
    directions: dict[str, str] = document("{}")
    street: dict[str, str] = document("{}")
    hours: dict[str, str] = document("{}")
    desk_number: str | None = None
    country: str
    governorate: str | None = None
    time_zone: str
    latitude: float | None = None
    longitude: float | None = None
    has_women_staff: bool
    is_step_free: bool
    is_open: bool


class CollectionSession(PortalTable, table=True):
    """A day at a site, and how many places are left."""

    __table_args__ = (
        sa.Index("collection_session_open", "starts_at", postgresql_where=sa.text("is_open")),
        *moments("starts_at", "ends_at"),
    )

    session: UUID = Field(primary_key=True)
    version: int
    site: UUID = Field(index=True)
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    capacity: int
    free: int
    is_open: bool
    is_women_only: bool


class Visit(PortalTable, table=True):
    """A family's places at a session."""

    __table_args__ = (one_of("state", "booked", "cancelled", "attended", "missed"), *moments("starts_at"))

    visit: UUID = Field(primary_key=True)
    version: int
    reference: str = Field(index=True)
    contact: UUID
    session: UUID = Field(index=True)
    site: UUID
    starts_at: datetime = moment()
    places: int
    state: str


class WaitingEntry(PortalTable, table=True):
    """A family's place in the waiting line. An open offer holds its places until `offer_ends_at`."""

    __table_args__ = (one_of("state", "waiting", "offered", "booked", "ended"), *moments("since", "offer_ends_at"))

    entry: UUID = Field(primary_key=True)
    version: int
    reference: str = Field(index=True)
    contact: UUID
    places: int
    session: UUID | None = None
    site: UUID | None = None
    governorate: str | None = None
    since: datetime = moment()
    state: str
    offer: UUID | None = None
    offered_session: UUID | None = None
    offer_ends_at: datetime | None = moment(nullable=True)
    ended_because: str | None = None


class Meeting(PortalTable, table=True):
    """A townhall meeting; only a public one is ever listed."""

    __table_args__ = (
        sa.Index("meeting_public", "starts_at", postgresql_where=sa.text("is_public")),
        *moments("starts_at"),
    )

    meeting: UUID = Field(primary_key=True)
    version: int
    title: dict[str, str] = document("{}")
    place: dict[str, str] = document("{}")
    governorate: str
    starts_at: datetime = moment()
    time_zone: str
    is_public: bool
    is_cancelled: bool
    institution: str


class LastQuestion(PortalTable, table=True):
    """The last notice that a contact was sent: what a YES or NO by text answers."""

    contact: UUID = Field(primary_key=True)
    notice: UUID
    meeting: UUID | None = None
    asked_at: datetime = moment()


class Reply(PortalTable, table=True):
    """A family's answer to a notice."""

    __table_args__ = (one_of("answer", "yes", "no"),)

    contact: UUID = Field(primary_key=True)
    notice: UUID = Field(primary_key=True)
    version: int
    answer: str
    people: int


class PhoneOptOut(PortalTable, table=True):
    """A phone that stopped texts, or takes them again."""

    phone_index: str = Field(primary_key=True)
    version: int
    is_stopped: bool


class Outcome(PortalTable, table=True):
    """A command that a door told, and how it ended.

    `settled_by` is the kind of the event that says it was carried out; without one only a refusal is known.
    `tell_by` is how the person hears of a refusal: on the page that waits, or by text to `contact`.
    """

    __table_args__ = (
        one_of("state", "asked", "done", "refused"),
        one_of("tell_by", "page", "text"),
        sa.CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name="settled_has_a_time"),
    )

    command_id: UUID = Field(primary_key=True)
    request_id: UUID | None = Field(None, unique=True)
    """The form that asked: sent twice, it asks once."""
    kind: str
    settled_by: str | None = None
    state: str = Field("asked", sa_column_kwargs={"server_default": "asked"})
    reason: str | None = None
    values: dict[str, Any] = document("{}")
    contact: UUID | None = None
    tell_by: str = Field("page", sa_column_kwargs={"server_default": "page"})
    asked_at: datetime = moment(default_now=True, index=True)
    settled_at: datetime | None = moment(nullable=True)
