"""The audit trail: who looked at or changed what. Appended unchained, chained moments later, never changed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from portal.tables.registry import PortalTable, moment, one_of


class AuditEntry(PortalTable, table=True):
    """One look at or change of a case by a person.

    `sequence` and `digest` are filled once, by the one writer of the chain: `digest` is an HMAC over the entry and
    the digest before it. `sealed_detail` holds free words, such as the reason given.
    """

    __table_args__ = (
        one_of("door", "family", "staff", "api", "system"),
        sa.CheckConstraint("(sequence IS NULL) = (digest IS NULL)", name="chained_whole"),
        sa.Index("audit_entry_unchained", "id", postgresql_where=sa.text("sequence IS NULL")),
        sa.Index("audit_entry_subject", "subject", "at"),
    )

    id: int | None = Field(None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    at: datetime = moment()
    door: str
    actor: UUID | None = None
    institution: str | None = None
    action: str
    subject: str
    sealed_detail: str | None = None
    sequence: int | None = Field(None, sa_type=sa.BigInteger, unique=True)
    digest: str | None = None


class AuditHead(PortalTable, table=True):
    """The end of the chain, sealed: without it the last entries could be cut off unseen."""

    only_row: bool = Field(True, primary_key=True, sa_column_kwargs={"server_default": sa.true()})
    sequence: int = Field(sa_type=sa.BigInteger)
    digest: str
    seal: str

    __table_args__ = (sa.CheckConstraint("only_row", name="one_row"),)
