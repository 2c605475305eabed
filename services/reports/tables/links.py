"""Which reports may be about one missing person, what was decided, and the keys they are found by."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field

from services.reports.tables.ground import ReportsTable, at, json_column, one_of


class ReportLink(ReportsTable, table=True):
    """Two reports that may be about one person: proposed by comparison, decided by people, and undone by people."""

    __tablename__: ClassVar[Any] = "report_link"
    __table_args__ = (
        one_of("state", "proposed", "in_review", "linked", "rejected", "undone"),
        sa.CheckConstraint("(state = 'in_review') = (first_reviewer IS NOT NULL)", name="in_review_by_somebody"),
        sa.CheckConstraint("(first_reviewer IS NULL) = (first_decision IS NULL)", name="first_decision_by_somebody"),
        sa.CheckConstraint("first < second", name="each_pair_once"),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name="score_is_a_likelihood"),
        sa.UniqueConstraint("first", "second", name="one_link_a_pair"),
        sa.Index(
            "report_link_to_review", "proposed_at", postgresql_where=sa.text("state IN ('proposed', 'in_review')")
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = 1
    first: str = Field(foreign_key="report.reference", index=True)
    second: str = Field(foreign_key="report.reference", index=True)
    state: str = "proposed"
    score: float
    explanation: list[dict[str, Any]] = json_column()
    first_reviewer: UUID | None = None  # where two have to agree: who has decided already, and how
    first_decision: str | None = None
    proposed_at: datetime = at()


class LinkDecision(ReportsTable, table=True):
    """What a person decided about a link, and why. Only added."""

    __tablename__: ClassVar[Any] = "link_decision"
    __table_args__ = (one_of("decision", "linked", "rejected", "undone"),)

    id: int | None = Field(default=None, primary_key=True)
    link: UUID = Field(foreign_key="report_link.id", index=True)
    decision: str
    by: UUID
    institution: str
    sealed_reason: str | None = None
    decided_at: datetime = at()


class BlockingKey(ReportsTable, table=True):
    """A key under which a report is found as a candidate for linkage."""

    __tablename__: ClassVar[Any] = "blocking_key"

    key: int = Field(sa_type=sa.BigInteger, primary_key=True)
    reference: str = Field(primary_key=True, foreign_key="report.reference", index=True)
