"""Imports by institutions: what became of each row. No value of a row is kept here."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from portal.tables.registry import PortalTable, document, moment


class ImportJob(PortalTable, table=True):
    """A file of reports that an institution handed in at once."""

    import_job: UUID = Field(primary_key=True)
    institution: str = Field(foreign_key="institution.institution")
    created_at: datetime = moment(index=True)


class ImportRow(PortalTable, table=True):
    """A row of an import: accepted under a reference, or refused with its errors (`[{field, code}]`)."""

    __table_args__ = (
        sa.CheckConstraint('"row" >= 1', name="rows_are_counted_from_one"),
        sa.CheckConstraint("(reference IS NULL) = (errors <> '[]'::jsonb)", name="accepted_or_refused"),
    )

    import_job: UUID = Field(foreign_key="import_job.import_job", ondelete="CASCADE", primary_key=True)
    row: int = Field(primary_key=True)
    reference: str | None = Field(None, foreign_key="reference_allocation.reference", unique=True)
    errors: list[dict[str, Any]] = document("[]")
