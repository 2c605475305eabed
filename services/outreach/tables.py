"""What `outreach` keeps: meetings, notices, who is told, in which batches, and what they answer."""

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


class OutreachTable(SQLModel, registry=registry()):
    """Base of this part's tables, each named as its class: `AudienceMember` is `audience_member`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return snake(cls.__name__)


def _when(**kwargs: Any) -> Any:
    return Field(sa_type=sa.DateTime(timezone=True), **kwargs)  # pyright: ignore[reportArgumentType]


class Meeting(OutreachTable, table=True):
    """A townhall meeting."""

    __table_args__ = moments("starts_at")

    id: UUID = Field(primary_key=True)
    version: int
    title: LocalText = Field(sa_type=JSONB)
    place: LocalText = Field(sa_type=JSONB)
    governorate: str
    starts_at: datetime = _when()
    time_zone: str
    is_public: bool
    is_cancelled: bool = False
    institution: str
    planned_by: UUID
    changed_by: UUID | None = None  # who wrote the plan as it is now; none: who planned it first
    partners: list[str] = Field(default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"})
    is_public_wanted: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    published_digest: str | None = None  # of the plan that a second person let be listed
    published_by: UUID | None = None

    @property
    def author(self) -> UUID:
        """Who wrote the plan as it is now."""
        return self.changed_by or self.planned_by


class Notice(OutreachTable, table=True):
    """A notice to an audience. Its recipients are told in the order of their contacts, up to `sent_through`."""

    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('draft', 'approved', 'running', 'paused', 'void', 'stopped', 'done', 'expired')",
            name="state_known",
        ),
        sa.CheckConstraint("template IN ('townhall', 'townhall_changed', 'townhall_cancelled')", name="template_known"),
        sa.CheckConstraint("approved_by <> drafted_by", name="approved_by_another"),
        sa.CheckConstraint(
            "approved_by IS NOT NULL OR state IN ('draft', 'void', 'stopped', 'done', 'expired')",
            name="approved_before_it_goes",
        ),
        sa.CheckConstraint("sent BETWEEN 0 AND asked", name="sent_within_asked"),
        sa.CheckConstraint("(sent = 0) = (sent_through IS NULL)", name="sent_through_somebody"),
        sa.Index("notice_of_meeting", "meeting"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    meeting: UUID = Field(foreign_key="meeting.id")
    template: str
    audience: dict[str, Any] = Field(sa_type=JSONB)
    institution: str
    state: str = "draft"
    is_automatic: bool = False
    drafted_by: UUID
    drafted_at: datetime = _when()
    approved_by: UUID | None = None
    approved_for: str | None = None  # the institution of whoever approved
    words: LocalText | None = Field(default=None, sa_type=JSONB)  # what families read, in every language
    words_digest: str | None = None  # of the words as they were approved last: the gateway checks it
    approved_digest: str | None = None  # of all that the second person approved
    started_at: datetime | None = _when(default=None, nullable=True)
    next_batch_at: datetime | None = _when(default=None, nullable=True)
    asked: int = 0
    sent: int = 0
    sent_through: UUID | None = None


class Recipient(OutreachTable, table=True):
    """Who is asked by a notice: frozen when it starts, each contact once."""

    # No foreign key: the one statement that writes these rows holds its notice locked, and checking a million rows
    # against that one notice costs more than writing them.
    notice: UUID = Field(primary_key=True)
    contact: UUID = Field(primary_key=True)


class Batch(OutreachTable, table=True):
    """Recipients given to the gateway in one message, and where their texts are by its newest word."""

    __table_args__ = (
        sa.Index("batch_of_notice", "notice"),
        sa.CheckConstraint("refused >= left_out", name="left_out_counted"),
    )

    id: UUID = Field(primary_key=True)
    notice: UUID = Field(foreign_key="notice.id")
    version: int = 0
    sent_at: datetime = _when()
    left_out: int  # who took back their consent after the audience was frozen
    waiting: int
    handed_over: int = 0
    delivered: int = 0
    failed: int = 0
    expired: int = 0
    refused: int = 0
    unsettled: int = 0


class LastQuestion(OutreachTable, table=True):
    """The last notice that a contact was sent and may answer."""

    contact: UUID = Field(primary_key=True)
    notice: UUID = Field(foreign_key="notice.id")
    sent_at: datetime = _when()


class Reply(OutreachTable, table=True):
    """A family's answer to a notice; the latest counts."""

    __table_args__ = (
        sa.CheckConstraint("answer IN ('yes', 'no')", name="answer_known"),
        sa.CheckConstraint("people BETWEEN 1 AND 12", name="people_sensible"),
        sa.Index("reply_of_contact", "contact"),
    )

    notice: UUID = Field(primary_key=True, foreign_key="notice.id")
    contact: UUID = Field(primary_key=True)
    version: int
    answer: str
    people: int
    replied_at: datetime = _when()
    recorded_by: UUID | None = None


class AudienceMember(OutreachTable, table=True):
    """A family's file as far as audiences choose by it. `may_be_told`: it is open, its phone is verified, and its
    family has agreed to be contacted."""

    __table_args__ = (
        sa.Index("audience_member_contact", "contact", postgresql_where=sa.text("may_be_told")),
        sa.Index("audience_member_place", "governorate", "event", postgresql_where=sa.text("may_be_told")),
    )

    reference: str = Field(primary_key=True)
    version: int
    contact: UUID
    governorate: str | None
    event: str | None
    language: str
    institution: str
    samples: int
    may_be_told: bool


add_messaging_tables(OutreachTable.metadata)
