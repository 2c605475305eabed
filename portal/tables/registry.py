"""The portal's own table registry, and the column kinds its tables share."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from shared.messages.model import snake


class PortalTable(SQLModel, registry=registry()):
    """Base of the portal's tables; each is named after its class: `FamilyFile` → `family_file`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 # pyright: ignore[reportIncompatibleVariableOverride]
        return snake(cls.__name__)


def moment(*, default_now: bool = False, index: bool = False, nullable: bool = False) -> Any:
    """A point in time, aware."""
    given: dict[str, Any] = {"server_default": sa.text("clock_timestamp()")} if default_now else {}
    column = {"nullable": nullable, **given}
    if nullable:
        return Field(None, sa_type=sa.DateTime(timezone=True), index=index, sa_column_kwargs=column)  # pyright: ignore[reportArgumentType]
    return Field(sa_type=sa.DateTime(timezone=True), index=index, sa_column_kwargs=column)  # pyright: ignore[reportArgumentType]


def document(empty: str) -> Any:
    """A JSON value; `empty` is what it is when nothing was given, such as `{}`."""
    return Field(sa_type=JSONB, nullable=False, sa_column_kwargs={"server_default": sa.text(f"'{empty}'::jsonb")})


def texts() -> Any:
    """A list of short texts (codes, roles, scopes)."""
    return Field(sa_type=ARRAY(sa.Text), nullable=False, sa_column_kwargs={"server_default": sa.text("'{}'")})  # pyright: ignore[reportArgumentType]


def flag(*, default: bool) -> Any:
    """A yes or no."""
    return Field(default, sa_column_kwargs={"server_default": sa.true() if default else sa.false()})


def count(at_least: int = 0) -> Any:
    """A whole number that starts at its least."""
    return Field(at_least, sa_column_kwargs={"server_default": str(at_least)})


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """The constraint that a column holds one of some codes."""
    listed = ", ".join(f"'{v}'" for v in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")
