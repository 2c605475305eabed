"""What `appointments` keeps: sites, collection sessions and their places, visits, donors, samples and their custody."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from shared.bounded_columns import moments
from shared.messages.model import LocalText, snake
from shared.messaging.tables import add_messaging_tables


class AppointmentsTable(SQLModel, registry=registry()):
    """Base of this part's tables, each named as its class: `CollectionSession` is `collection_session`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return snake(cls.__name__)


def _when(**kwargs: Any) -> Any:
    return Field(sa_type=sa.DateTime(timezone=True), **kwargs)  # pyright: ignore[reportArgumentType]


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{w}'" for w in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Site(AppointmentsTable, table=True):
    """A place where samples are taken."""

    __table_args__ = (sa.CheckConstraint("version >= 1", name="site_version"),)

    id: UUID = Field(primary_key=True)
    version: int
    name: LocalText = Field(sa_type=JSONB)
    directions: LocalText = Field(sa_type=JSONB)
    street: LocalText = Field(default_factory=LocalText, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})
    hours: LocalText = Field(default_factory=LocalText, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})
    desk_number: str | None = None
    country: str
    governorate: str | None
    time_zone: str
    latitude: float | None
    longitude: float | None
    has_women_staff: bool
    is_step_free: bool
    is_open: bool = True
    institution: str | None = None  # who runs it; none for one opened before this was recorded


class CollectionSession(AppointmentsTable, table=True):
    """A collection session: so many places from then to then. What is free is counted here, under the row's lock."""

    # Every booking updates its session's row: room in the page, and no index on `free`, keep those updates in place.
    # Whoever looks for a session with room passes over the full ones by an index that changes when one fills up.
    __table_args__ = (
        sa.CheckConstraint("free BETWEEN 0 AND capacity", name="free_within_capacity"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 2000", name="capacity_sensible"),
        sa.CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        *moments("starts_at", "ends_at"),
        sa.Index("collection_session_next", "site", "starts_at", postgresql_where=sa.text("is_open")),
        sa.Index("collection_session_with_room", "site", "starts_at", postgresql_where=sa.text("is_open AND has_room")),
        sa.Index("collection_session_starts_at", "starts_at"),
        {"postgresql_with": {"fillfactor": 40}},
    )

    id: UUID = Field(primary_key=True)
    version: int
    site: UUID = Field(foreign_key="site.id")
    starts_at: datetime = _when()
    ends_at: datetime = _when()
    capacity: int
    free: int
    has_room: bool = Field(sa_column=sa.Column(sa.Boolean, sa.Computed("free > 0", persisted=True), nullable=False))
    is_open: bool = True
    is_women_only: bool = False


class Visit(AppointmentsTable, table=True):
    """A family's places at a session."""

    __table_args__ = (
        _one_of("state", "booked", "cancelled", "attended", "missed"),
        sa.CheckConstraint("places BETWEEN 1 AND 12", name="places_sensible"),
        sa.CheckConstraint("(state = 'attended') = (people IS NOT NULL)", name="people_counted_when_attended"),
        sa.Index(
            "visit_once_a_session", "session", "reference", unique=True, postgresql_where=sa.text("state = 'booked'")
        ),
        sa.Index("visit_of_reference", "reference"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    reference: str
    contact: UUID
    session: UUID = Field(foreign_key="collection_session.id")
    places: int
    state: str = "booked"
    people: int | None = None
    consents_to_transfer: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    booked_at: datetime = _when()
    changed_at: datetime = _when()


class WaitingEntry(AppointmentsTable, table=True):
    """A family that waits for places: on one day, at one site, or anywhere in a governorate. An offer that is open
    holds so many places at its session, which are not free meanwhile."""

    __table_args__ = (
        _one_of("state", "waiting", "offered", "booked", "ended"),
        sa.CheckConstraint("places BETWEEN 1 AND 12", name="places_sensible"),
        sa.CheckConstraint(
            "(state = 'offered') = (offer_ends_at IS NOT NULL)"
            " AND (state = 'offered') = (offer IS NOT NULL AND offered_session IS NOT NULL)",
            name="an_offer_ends",
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_because IS NOT NULL)", name="an_end_has_a_reason"),
        sa.CheckConstraint("site IS NOT NULL OR governorate IS NOT NULL", name="waits_somewhere"),
        sa.CheckConstraint("session IS NULL OR site IS NOT NULL", name="a_day_is_at_a_site"),
        sa.Index("waiting_entry_line", "site", "since", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index("waiting_once", "reference", unique=True, postgresql_where=sa.text("state IN ('waiting', 'offered')")),
        sa.Index("waiting_entry_offers", "offered_session", postgresql_where=sa.text("state = 'offered'")),
    )

    id: UUID = Field(primary_key=True)
    version: int
    reference: str
    contact: UUID
    session: UUID | None = Field(default=None, foreign_key="collection_session.id")
    site: UUID | None = Field(foreign_key="site.id")
    governorate: str | None
    places: int
    takes_women_only: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    consents_to_transfer: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    since: datetime = _when()
    state: str = "waiting"
    offer: UUID | None = None
    offered_session: UUID | None = Field(foreign_key="collection_session.id")
    offer_ends_at: datetime | None = _when(default=None, nullable=True)
    unanswered: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    ended_because: str | None = None


class PastOffer(AppointmentsTable, table=True):
    """A session that an entry was offered, once: what was not taken is not offered to the same family again."""

    entry: UUID = Field(primary_key=True, foreign_key="waiting_entry.id")
    session: UUID = Field(primary_key=True, foreign_key="collection_session.id")
    made_at: datetime = _when()


class FileState(AppointmentsTable, table=True):
    """A family's file as `reports` publishes it: whether it is open (a closed one holds no visit), and who is
    responsible."""

    reference: str = Field(primary_key=True)
    version: int
    is_open: bool
    institution: str | None = None  # who is responsible; none until its next change is heard of


class Donor(AppointmentsTable, table=True):
    """A relative who gave a sample, once for all their missing."""

    id: UUID = Field(primary_key=True)
    sealed_name: str
    identity_document_seen: bool
    first_seen_at: datetime = _when()


class Sample(AppointmentsTable, table=True):
    """A reference sample, known to the laboratory by its barcode and no name."""

    __table_args__ = (
        sa.UniqueConstraint("barcode", name="barcode_once"),
        *moments("taken_at"),
        sa.Index("sample_of_donor", "donor"),
        sa.Index("sample_of_visit", "visit", postgresql_where=sa.text("visit IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    version: int
    donor: UUID = Field(foreign_key="donor.id")
    barcode: str
    visit: UUID | None = Field(foreign_key="visit.id")
    site: UUID = Field(foreign_key="site.id")
    specimen: str
    kit_lot: str
    taken_at: datetime = _when()
    entered_at: datetime = _when()
    entered_by: UUID
    sealed_people: str  # who collected it and who witnessed
    held_by: str | None = None  # the institution in whose custody it is; none: its site's
    handed_to: str | None = None  # the institution that is to receive it


class SampleFor(AppointmentsTable, table=True):
    """Which missing persons' files a sample serves: one sample may serve many, one file has many samples."""

    __table_args__ = (
        _one_of("biological", "yes", "no", "unknown"),
        sa.Index("sample_for_reference", "reference"),
    )

    sample: UUID = Field(primary_key=True, foreign_key="sample.id")
    reference: str = Field(primary_key=True)
    relation: str
    biological: str


class CustodyEvent(AppointmentsTable, table=True):
    """A link of a sample's custody chain. Only added, never changed: a trigger holds that, and the digests show it."""

    __table_args__ = (
        _one_of("kind", "collected", "handed_over", "received", "destroyed"),
        sa.CheckConstraint("number >= 1", name="numbered_from_one"),
        *moments("happened_at"),
    )

    sample: UUID = Field(primary_key=True, foreign_key="sample.id")
    number: int = Field(primary_key=True)
    kind: str
    site: UUID | None = Field(foreign_key="site.id")
    holder: str | None = None
    seal: str | None = None
    institution: str | None = None  # whose staff recorded it
    recipient: str | None = None  # to which institution it was handed over
    happened_at: datetime = _when()
    recorded_at: datetime = _when()
    recorded_by: UUID
    digest: str  # of this link and the one before (SHA-256, hex)


add_messaging_tables(AppointmentsTable.metadata)
