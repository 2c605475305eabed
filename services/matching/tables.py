"""The tables of `matching`. What a laboratory found stays here: the facts of a match are sealed."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.bounded_columns import moments
from shared.messaging.tables import add_messaging_tables


class MatchingTable(SQLModel, registry=registry()):
    """Base of this part's tables."""


def _at(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v) for v in values)})", name=f"{column}_known")


def _refers_to(target: str, *, primary_key: bool = False, nullable: bool = False) -> Any:
    return Column(ForeignKey(target), primary_key=primary_key, nullable=nullable)


class Sample(MatchingTable, table=True):
    """A reference sample, under its barcode. `version` is appointments', `state_version` of what is told from here."""

    __table_args__ = (_one_of("state", "collected", "received", "usable", "repeat_needed"),)

    id: UUID = Field(primary_key=True)
    version: int
    donor: UUID = Field(index=True)
    barcode: str = Field(unique=True)
    relation: str
    state: str = "collected"
    state_version: int
    held_by: str | None = None  # the institution in whose custody it is; none where that is not on record


class SampleFamily(MatchingTable, table=True):
    """A report that a sample was given for: one donor may serve many missing persons, and one missing many donors."""

    __tablename__: ClassVar[Any] = "sample_family"

    sample: UUID = Field(sa_column=_refers_to("sample.id", primary_key=True))
    reference: str = Field(primary_key=True, index=True)


class RecordedReport(MatchingTable, table=True):
    """A laboratory report as it was handed in, sealed whole. `number_index` finds a number again."""

    __tablename__: ClassVar[Any] = "laboratory_report"
    __table_args__ = (_one_of("kind", "result", "match"),)

    id: UUID = Field(primary_key=True)
    kind: str
    institution: str
    number_index: str = Field(index=True)
    sealed_report: str = Field(sa_type=Text)
    handed_in_by: UUID | None
    sample: UUID | None = Field(sa_column=_refers_to("sample.id", nullable=True))
    recorded_at: datetime = Field(sa_column=_at())


class Match(MatchingTable, table=True):
    """A match of remains with donors, in review. Nobody alone confirms one, and not who handed it in."""

    __tablename__: ClassVar[Any] = "match"
    __table_args__ = (
        _one_of("state", "to_check", "in_review", "confirmed", "rejected"),
        CheckConstraint(
            "state <> 'confirmed' OR (first_reviewer IS NOT NULL AND second_reviewer IS NOT NULL)",
            name="confirmed_by_two",
        ),
        CheckConstraint("first_reviewer <> second_reviewer", name="reviewers_differ"),
        CheckConstraint("handed_in_by NOT IN (first_reviewer, second_reviewer)", name="not_reviewed_by_its_author"),
        CheckConstraint("(decided_at IS NOT NULL) = (state IN ('confirmed', 'rejected'))", name="decided_once"),
    )

    id: UUID = Field(sa_column=_refers_to("laboratory_report.id", primary_key=True))
    remains_index: str = Field(index=True)
    sealed_findings: str = Field(sa_type=Text)
    handed_in_by: UUID | None
    state: str = "to_check"
    first_reviewer: UUID | None = None
    second_reviewer: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_at(nullable=True))


class MatchDonor(MatchingTable, table=True):
    """A donor's sample that a match rests on."""

    __tablename__: ClassVar[Any] = "match_donor"

    match: UUID = Field(sa_column=_refers_to("match.id", primary_key=True))
    sample: UUID = Field(sa_column=_refers_to("sample.id", primary_key=True))


class GivenReview(MatchingTable, table=True):
    """A reviewer's opinion on a match, one for each."""

    __tablename__: ClassVar[Any] = "review"
    __table_args__ = (_one_of("decision", "confirm", "reject"),)

    match: UUID = Field(sa_column=_refers_to("match.id", primary_key=True))
    reviewer: UUID = Field(primary_key=True)
    decision: str
    sealed_opinion: str = Field(sa_type=Text)
    given_at: datetime = Field(sa_column=_at())


class Family(MatchingTable, table=True):
    """A family's file as `reports` tells of it, and when its next routine contact is due. Version 0: not heard of yet.

    `wants_to_wait` is its wish that nobody asks it to get in touch, on whatever occasion. `told_version` counts
    what was told outside about its contacts, so that a consumer keeps the newest.
    """

    __table_args__ = (
        Index(
            "family_routine_contact_at", "routine_contact_at", postgresql_where=text("routine_contact_at IS NOT NULL")
        ),
    )

    reference: str = Field(primary_key=True)
    version: int = 0
    institution: str | None = None
    is_verified: bool = False
    is_open: bool = True
    wants_to_wait: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    told_version: int = 0
    routine_contact_at: datetime | None = Field(default=None, sa_column=_at(nullable=True))

    @property
    def can_be_asked(self) -> bool:
        """Whether a round may ask it: its file is open, its phone verified, and it does not want to wait."""
        return self.is_open and self.is_verified and not self.wants_to_wait


class ContactRequest(MatchingTable, table=True):
    """A family is to be asked to get in touch. At most one is open for each, whatever the occasions behind it."""

    __tablename__: ClassVar[Any] = "contact_request"
    __table_args__ = (
        _one_of("state", "planned", "requested", "assigned", "met"),
        CheckConstraint("state <> 'assigned' OR case_manager IS NOT NULL", name="assigned_to_somebody"),
        CheckConstraint("state <> 'requested' OR case_manager IS NULL", name="requested_of_nobody_yet"),
        CheckConstraint("(version > 0) = (state <> 'planned')", name="version_is_of_what_was_told"),
        *moments("met_at"),
        Index("contact_request_open", "reference", unique=True, postgresql_where=text("state <> 'met'")),
        Index("contact_request_case_manager", "case_manager", postgresql_where=text("state <> 'met'")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(sa_column=Column(ForeignKey("family.reference"), nullable=False, index=True))
    state: str = "planned"
    version: int = 0
    case_manager: UUID | None = None
    is_held: bool = False
    requested_at: datetime | None = Field(default=None, sa_column=_at(nullable=True))
    met_at: datetime | None = Field(default=None, sa_column=_at(nullable=True))


class Occasion(MatchingTable, table=True):
    """Why a family is asked: for the case manager assigned alone, never in a message, metric or log line."""

    __table_args__ = (
        _one_of("kind", "routine", "grave"),
        _one_of("reason", "by_plan", "desk", "repeat_sample", "ready", "match"),
        CheckConstraint("(kind = 'grave') = (match IS NOT NULL)", name="grave_by_a_match"),
        UniqueConstraint("contact_request", "match", name="occasion_of_a_match_once"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contact_request: UUID = Field(sa_column=Column(ForeignKey("contact_request.id"), nullable=False, index=True))
    kind: str
    reason: str
    match: UUID | None = Field(default=None, sa_column=_refers_to("match.id", nullable=True))
    planned_at: datetime = Field(sa_column=_at())


class Meeting(MatchingTable, table=True):
    """A family was met in person; what was said and wished is sealed."""

    contact_request: UUID = Field(sa_column=_refers_to("contact_request.id", primary_key=True))
    recorded_by: UUID
    sealed_account: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_column=_at())


add_messaging_tables(MatchingTable.metadata)
