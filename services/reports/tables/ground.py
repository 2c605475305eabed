"""What every table of this part stands on: its own metadata, times, words of a list, and the source of a statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class ReportsTable(SQLModel, registry=registry()):
    """Base of this part's tables."""


def at(*, nullable: bool = False, index: bool = False) -> Any:
    """A column of a moment, aware of its zone."""
    return Field(sa_type=sa.DateTime(timezone=True), nullable=nullable, index=index, default=None)  # pyright: ignore[reportArgumentType]


def json_column(**kwargs: Any) -> Any:
    """A JSONB column."""
    return Field(sa_type=JSONB, **kwargs)


EMPTY_LIST = {"server_default": sa.text("'[]'::jsonb")}
"""What a list is in rows that were there before its column."""


def one_of(column: str, *words: str, nullable: bool = False) -> sa.CheckConstraint:
    """A check that a column holds one of the words."""
    listed = ", ".join(f"'{word}'" for word in words)
    unless_missing = f"{column} IS NULL OR " if nullable else ""
    return sa.CheckConstraint(f"{unless_missing}{column} IN ({listed})", name=f"{column}_known")


STATUSES = (
    "received", "being_checked", "registered", "more_information_needed", "samples_needed", "samples_complete",
    "search_continues", "please_contact_us", "with_your_contact_person", "closed_at_family_request",
)  # fmt: skip
PURPOSES = ("keep", "share", "contact", "publish", "compare_abroad", "use_in_proceedings")


class Sourced(SQLModel):
    """Where a statement comes from: the report, who took it, when. Nothing that was said is ever overwritten."""

    reference: str = Field(foreign_key="report.reference", index=True)
    institution: str
    entered_by: UUID | None = None
    recorded_at: datetime = Field(sa_type=sa.DateTime(timezone=True))  # pyright: ignore[reportArgumentType]
