"""A family's file: its report, timeline, contact with its phones, consents and wishes, and the feed of changes."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.reports.tables.ground import EMPTY_LIST, PURPOSES, STATUSES, ReportsTable, at, json_column, one_of


class CaseFile(ReportsTable, table=True):
    """A missing person as the institutions know them: opened with a report, shared by those that are linked."""

    __tablename__: ClassVar[Any] = "case_file"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    opened_at: datetime = at()


class Report(ReportsTable, table=True):
    """A family member's file. `own_case` is the one it opened, to which it returns when its links are undone.

    `shared_with`, `contact_by` and `agreed_to` are the consents that count now, `samples` the usable ones, `would_help`
    whose sample would help most, `wants_to_wait` the family's wish, `linkage` what comparison reads: each is derived
    from the rows that own it, in the transaction that changes them.
    """

    __table_args__ = (
        one_of("status", *STATUSES),
        one_of("channel", "web", "desk", "api", "import", "phone"),
        sa.CheckConstraint("reference ~ '^[0-9]{12}$'", name="reference_digits"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
        sa.CheckConstraint("is_open = (status <> 'closed_at_family_request')", name="closed_is_not_open"),
        sa.CheckConstraint("samples >= 0", name="samples_counted"),
        sa.Index("report_of_institution", "institution", "received_at"),
        sa.Index("report_shared_with", "shared_with", postgresql_using="gin"),
    )

    reference: str = Field(primary_key=True)
    version: int = 1
    own_case: UUID = Field(foreign_key="case_file.id")
    case: UUID = Field(foreign_key="case_file.id", index=True)
    institution: str
    channel: str
    entered_by: UUID | None = None
    received_at: datetime = at()
    status: str = "received"
    is_open: bool = True
    event: str | None = None
    governorate: str | None = None
    shared_with: list[str] = json_column(default_factory=list)
    contact_by: list[str] = json_column(default_factory=list)
    agreed_to: list[str] = json_column(default_factory=list, sa_column_kwargs=EMPTY_LIST)
    samples: int = 0
    would_help: list[str] = json_column(default_factory=list, sa_column_kwargs=EMPTY_LIST)
    wants_to_wait: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    contact_person: UUID | None = None
    linkage: dict[str, Any] = json_column(default_factory=dict)
    is_demo: bool = False


class StatusEntry(ReportsTable, table=True):
    """A step of a file's timeline, as its family sees it."""

    __tablename__: ClassVar[Any] = "status_entry"
    __table_args__ = (one_of("status", *STATUSES),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="report.reference", index=True)
    status: str
    at: datetime = at()
    by: UUID | None = None


class Consent(ReportsTable, table=True):
    """A consent given or taken back: per person, purpose and recipient, with the text it was read from. Only added."""

    __table_args__ = (
        one_of("purpose", *PURPOSES),
        sa.Index("consent_of_reference", "reference", "purpose", "recipient", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="report.reference")
    person: UUID = Field(foreign_key="person.id")
    purpose: str
    recipient: str | None = None
    is_given: bool
    text_version: str
    language: str | None = None
    read_aloud: bool = False
    sealed_witness: str | None = None
    recorded_by: UUID | None = None
    recorded_for: str | None = None  # the institution that recorded it; none: the family itself, or before it was kept
    given_at: datetime = at()


class Contact(ReportsTable, table=True):
    """How the family member behind a file is reached, and in which detail they want to be told."""

    __table_args__ = (
        one_of("language", "ar", "ckb", "kmr-Arab", "kmr", "en"),
        one_of("channel", "sms", "call", "whatsapp"),
        one_of("detail", "neutral", "detailed"),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(foreign_key="report.reference", unique=True)
    person: UUID = Field(foreign_key="person.id")
    version: int = 1
    language: str
    channel: str
    detail: str
    sealed_safe_times: str | None = None
    is_demo: bool = False


class Phone(ReportsTable, table=True):
    """A number of a contact and its verification. One counts at a time; former ones stay on record."""

    __table_args__ = (
        sa.CheckConstraint("is_verified = (verified_at IS NOT NULL)", name="verified_has_a_time"),
        sa.Index("one_phone_at_a_time", "contact", unique=True, postgresql_where=sa.text("until IS NULL")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contact: UUID = Field(foreign_key="contact.id")
    sealed_number: str | None = None
    gateway_sealed: str
    number_index: str = Field(index=True)
    is_verified: bool = False
    verified_at: datetime | None = at(nullable=True)
    verified_by: UUID | None = None
    verification: dict[str, Any] | None = Field(
        default=None,
        sa_type=JSONB(none_as_null=True),  # pyright: ignore[reportArgumentType]
    )
    """How a desk that changed it made sure of the family: its DeskVerification."""
    logs_in_from: datetime | None = at(nullable=True)  # until then a number that nobody confirmed opens nothing
    since: datetime = at()
    until: datetime | None = at(nullable=True)


class Wishes(ReportsTable, table=True):
    """What a family wishes for the day that there is something to tell; the last row counts."""

    __table_args__ = (
        one_of("told_by", "woman", "man", "either"),
        one_of("tell_when", "any_time", "not_yet"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="report.reference", index=True)
    told_by: str
    tell_when: str
    further_remains: str
    burial_of_further: str
    sealed_wishes: str
    recorded_by: UUID | None = None
    recorded_at: datetime = at()


class SecondContact(ReportsTable, table=True):
    """A phone that a family trusts to confirm a change of its own; without a number, nobody any more."""

    __tablename__: ClassVar[Any] = "second_contact"
    __table_args__ = (
        sa.CheckConstraint("(gateway_sealed IS NULL) = (number_index IS NULL)", name="whole_or_none"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
    )

    reference: str = Field(primary_key=True, foreign_key="report.reference")
    version: int = 1
    gateway_sealed: str | None = None
    number_index: str | None = None
    set_by: UUID | None = None
    since: datetime = at()


class Concern(ReportsTable, table=True):
    """What a family said of its file: a correction, a complaint, a question; and its desk's answer. Both sealed."""

    __table_args__ = (
        one_of("concern_kind", "correction", "complaint", "question"),
        one_of("door", "web", "text", "call", "desk"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (sealed_answer IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)",
            name="answered_by_somebody",
        ),
        sa.Index("concern_of_reference", "reference", "raised_at"),
        sa.Index("concern_open", "raised_at", postgresql_where=sa.text("answered_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(foreign_key="report.reference")
    version: int = 1
    concern_kind: str
    door: str
    sealed_words: str | None = None
    raised_by: UUID | None = None
    raised_at: datetime = at()
    desk: str | None = None  # the institution that answers; none: the responsible one, from before desks were kept
    due_at: datetime | None = at(nullable=True)
    risen_at: datetime | None = at(nullable=True)  # when it was late
    sealed_answer: str | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = at(nullable=True)


class Photo(ReportsTable, table=True):
    """A photo of a missing person, sealed. Taken back, the picture is erased and the row stays."""

    __table_args__ = (
        one_of("door", "web", "text", "call", "desk"),
        sa.CheckConstraint("(removed_at IS NULL) = (sealed_picture IS NOT NULL)", name="kept_or_erased"),
        sa.CheckConstraint("removed_at IS NOT NULL OR removed_by IS NULL", name="removed_by_nobody_while_kept"),
        sa.Index("photo_of_reference", "reference", "added_at"),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(foreign_key="report.reference")
    version: int = 1
    door: str
    sealed_picture: str | None = None
    added_by: UUID | None = None
    added_at: datetime = at()
    removed_by: UUID | None = None
    removed_at: datetime | None = at(nullable=True)


class HandOver(ReportsTable, table=True):
    """A report on its way from the responsible institution to another: offered, accepted, agreed to by its family."""

    __tablename__: ClassVar[Any] = "hand_over"
    __table_args__ = (
        one_of("state", "open", "done", "declined", "ended"),
        sa.CheckConstraint("taker <> giver", name="to_another"),
        sa.CheckConstraint(
            "state <> 'done' OR by_coordinator OR (accepted_at IS NOT NULL AND agreed_at IS NOT NULL)",
            name="both_sides_and_the_family",
        ),
        sa.Index("one_open_hand_over", "reference", unique=True, postgresql_where=sa.text("state = 'open'")),
        sa.Index("hand_over_of_taker", "taker", postgresql_where=sa.text("state = 'open'")),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(foreign_key="report.reference", index=True)
    giver: str
    taker: str
    sealed_reason: str
    offered_by: UUID
    offered_at: datetime = at()
    by_coordinator: bool = False
    accepted_by: UUID | None = None
    accepted_at: datetime | None = at(nullable=True)
    agreed_by: UUID | None = None  # who of the giving desk wrote it down; none: the family itself
    agreed_at: datetime | None = at(nullable=True)
    state: str = "open"
    ended_at: datetime | None = at(nullable=True)


class ClosedInstitution(ReportsTable, table=True):
    """An institution that is gone: a coordinator may give its reports to others."""

    __tablename__: ClassVar[Any] = "closed_institution"

    institution: str = Field(primary_key=True)
    closed_at: datetime = at()
    noted_by: UUID


class ShareAsked(ReportsTable, table=True):
    """A family is asked whether another institution, which may know the same person, may read its report: once."""

    __tablename__: ClassVar[Any] = "share_asked"
    __table_args__ = (one_of("state", "open", "yes", "no", "ended"),)

    reference: str = Field(primary_key=True, foreign_key="report.reference")
    institution: str = Field(primary_key=True)
    link: UUID = Field(foreign_key="report_link.id", index=True)
    state: str = "open"
    asked_at: datetime = at()
    answered_at: datetime | None = at(nullable=True)


class ContactAsked(ReportsTable, table=True):
    """A family's being asked to get in touch, as `matching` tells it; the occasion is not known here."""

    __tablename__: ClassVar[Any] = "contact_asked"

    contact_request: UUID = Field(primary_key=True)
    reference: str = Field(foreign_key="report.reference")
    version: int


class DonorSample(ReportsTable, table=True):
    """A reference sample that serves a file. One donor may serve many missing persons, one missing many donors.

    It may come before its report (a paper list is entered first), or name one that never comes (a mistyped reference).
    """

    __tablename__: ClassVar[Any] = "donor_sample"
    __table_args__ = (one_of("state", "collected", "received", "usable", "repeat_needed"),)

    sample: UUID = Field(primary_key=True)
    reference: str = Field(primary_key=True, index=True)
    donor: UUID | None = Field(default=None, index=True)
    relation: str | None = None
    state: str = "collected"
    collected_version: int = 0
    state_version: int = 0


class Change(ReportsTable, table=True):
    """A step of the change feed; readers stop before what an open transaction may still add."""

    id: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger)
    transaction: int = Field(
        sa_type=sa.BigInteger,
        sa_column_kwargs={"server_default": sa.text("pg_current_xact_id()::text::bigint")},
        index=True,
        default=None,
    )
    reference: str = Field(foreign_key="report.reference")
    kind: str
    version: int
    at: datetime = at()
