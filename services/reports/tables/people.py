"""The persons that reports speak of: what was said of them, statement by statement, and their pedigree."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field

from services.reports.tables.ground import ReportsTable, Sourced, one_of
from shared.bounded_columns import days


class Person(ReportsTable, table=True):
    """Somebody a report speaks of. A donor is one human being; the persons of several reports may be that donor."""

    __table_args__ = (
        one_of("role", "missing", "relative", "reporter", "connecting"),
        one_of("sex", "male", "female", nullable=True),
        sa.Index("one_missing_person", "reference", unique=True, postgresql_where=sa.text("role = 'missing'")),
        sa.Index("person_of_donor", "donor", postgresql_where=sa.text("donor IS NOT NULL")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="report.reference", index=True)
    role: str
    relation: str | None = None
    sex: str | None = None
    is_alive: bool | None = None
    is_willing_to_give_sample: bool | None = None
    sealed_phone: str | None = None
    donor: UUID | None = None


class WrittenName(Sourced, ReportsTable, table=True):
    """One way in which a person's name, or that of their mother, is written."""

    __tablename__: ClassVar[Any] = "written_name"
    __table_args__ = (
        one_of("whose", "own", "mother", "maternal_grandfather"),
        one_of("kind", "official", "known_as", "spelling", "transliteration"),
        one_of("script", "arabic", "latin", "other"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person: UUID = Field(foreign_key="person.id", index=True)
    whose: str = "own"
    raw: str
    script: str
    language: str | None = None
    kind: str = "official"
    given: str | None = None
    father: str | None = None
    grandfather: str | None = None
    great_grandfather: str | None = None
    family: str | None = None
    kunya: str | None = None


class StatedDate(Sourced, ReportsTable, table=True):
    """A date as well as it was known: its parts in its calendar, and the days that it may mean."""

    __tablename__: ClassVar[Any] = "stated_date"
    __table_args__ = (
        one_of("what", "birth", "disappearance"),
        one_of("precision", "day", "month", "year", "decade", "unknown"),
        one_of("calendar", "gregorian", "hijri", "kurdish"),
        sa.CheckConstraint("earliest <= latest", name="earliest_before_latest"),
        *days("earliest", "latest"),
        sa.CheckConstraint("day IS NULL OR month IS NOT NULL", name="day_needs_month"),
        sa.CheckConstraint("month IS NULL OR year IS NOT NULL", name="month_needs_year"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person: UUID = Field(foreign_key="person.id", index=True)
    what: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    precision: str
    calendar: str = "gregorian"
    earliest: date | None = None
    latest: date | None = None
    words: str | None = None


class Statement(Sourced, ReportsTable, table=True):
    """Anything else that was said of a person: its field and value, sealed where it may hurt somebody."""

    __table_args__ = (
        sa.CheckConstraint("(value IS NULL) <> (sealed_value IS NULL)", name="open_or_sealed"),
        sa.Index("statement_of_person", "person", "field"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person: UUID = Field(foreign_key="person.id")
    field: str
    value: str | None = None
    sealed_value: str | None = None


class IdentityNumber(Sourced, ReportsTable, table=True):
    """A number on a person's document, sealed; found again by its blind index."""

    __tablename__: ClassVar[Any] = "identity_number"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person: UUID = Field(foreign_key="person.id", index=True)
    document: str
    sealed_number: str
    number_index: str = Field(index=True)
    sealed_entry: str | None = None


class ParentLink(Sourced, ReportsTable, table=True):
    """A person's parent. Kinship of every degree is made of these, so that a pedigree can be read from them."""

    __tablename__: ClassVar[Any] = "parent_link"
    __table_args__ = (
        one_of("parent_is", "father", "mother", "unknown"),
        one_of("biological", "yes", "no", "unknown"),
        sa.CheckConstraint("child <> parent", name="nobody_is_their_own_parent"),
    )

    child: UUID = Field(foreign_key="person.id", primary_key=True)
    parent: UUID = Field(foreign_key="person.id", primary_key=True, index=True)
    parent_is: str
    biological: str = "unknown"


class PartnerLink(Sourced, ReportsTable, table=True):
    """Two persons who are or were married."""

    __tablename__: ClassVar[Any] = "partner_link"
    __table_args__ = (sa.CheckConstraint("one <> other", name="nobody_marries_themselves"),)

    one: UUID = Field(foreign_key="person.id", primary_key=True)
    other: UUID = Field(foreign_key="person.id", primary_key=True)
