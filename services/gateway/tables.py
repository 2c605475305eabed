"""What `gateway` keeps: the address book, who wants no texts, every text out with its way to the carrier, the calls
that spoke some of them, what the carrier said, and every text in. No words of a text out rest here, and phones and
codes only sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from shared.bounded_columns import moments
from shared.messages.model import Language, snake
from shared.messages.report_content import Channel
from shared.messaging.tables import add_messaging_tables


class GatewayTable(SQLModel, registry=registry()):
    """Base of this part's tables, each named as its class: `OutgoingText` is `outgoing_text`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return snake(cls.__name__)


def _when(**kwargs: Any) -> Any:
    return Field(sa_type=sa.DateTime(timezone=True), **kwargs)  # pyright: ignore[reportArgumentType]


def _from(value: Any, *, written: str | None = None, **kwargs: Any) -> Any:
    """A column that begins with a value, in Python and in the database alike."""
    return Field(value, sa_column_kwargs={"server_default": written or str(value)}, **kwargs)


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{w}'" for w in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Contact(GatewayTable, table=True):
    """How a family member is reached, as `reports` tells it; the phone is sealed anew under the gateway's own key."""

    __table_args__ = (
        _one_of("language", "ar", "ckb", "kmr-Arab", "kmr", "en"),
        _one_of("channel", "sms", "call", "whatsapp"),
        sa.CheckConstraint("(sealed_phone IS NULL) = (phone_index IS NULL)", name="phone_with_index"),
        sa.Index("contact_phone_index", "phone_index"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    sealed_phone: str | None
    phone_index: str | None
    language: Language = Field(sa_type=sa.Text)
    channel: Channel = Field(sa_type=sa.Text)
    is_verified: bool
    is_demo: bool
    changed_at: datetime = _when()


class OptOutChoice(GatewayTable, table=True):
    """Whether a phone wants texts: by number, so it counts for everybody who shares it."""

    __table_args__ = (sa.CheckConstraint("version >= 1", name="opt_out_version"),)

    phone_index: str = Field(primary_key=True)
    version: int
    is_stopped: bool
    changed_at: datetime = _when()


class TextBatch(GatewayTable, table=True):
    """A batch of a notice's texts, and what was last told of its progress."""

    __table_args__ = (sa.Index("text_batch_notice", "notice"), sa.Index("text_batch_asked_by", "asked_by"))

    id: UUID = Field(primary_key=True)
    notice: UUID
    asked_by: UUID | None = None  # the message that asked for it
    words_digest: str | None = None  # of the approved words; none for a batch from before approvals had digests
    version: int = _from(0)
    told_counts: dict[str, int] = _from({}, written="{}", sa_type=JSONB)
    told_at: datetime | None = _when(default=None)


class RecalledNotice(GatewayTable, table=True):
    """Words of a notice whose approval does not hold any more: no text in them leaves."""

    notice: UUID = Field(primary_key=True)
    words_digest: str = Field(primary_key=True)
    recalled_at: datetime = _when()


class BatchMove(GatewayTable, table=True):
    """A text of this batch has moved since its progress was told. Rows are only added and taken away: nobody waits."""

    __table_args__ = (sa.Index("batch_move_batch", "batch"),)

    id: int | None = Field(None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    batch: UUID


class OutgoingText(GatewayTable, table=True):
    """One text to one phone, and how far it has come.

    `waiting` → `sending` (committed before the carrier is called) → `handed_over`; or `expired`, `refused`, or
    `unsettled`: nobody can say whether the carrier has it. What the carrier tells later stands in `carrier_status`.
    """

    __table_args__ = (
        _one_of("state", "waiting", "sending", "handed_over", "expired", "refused", "unsettled"),
        _one_of("text_class", "answer", "code", "reminder", "case", "notice"),
        _one_of("channel", "sms", "call"),
        _one_of("carried_as", "sms", "call"),
        sa.CheckConstraint("lane BETWEEN 0 AND 2", name="lane_known"),
        *moments("due_at", "not_after"),
        sa.CheckConstraint(
            "state <> 'sending' OR (attempt IS NOT NULL AND lease_until IS NOT NULL AND body_digest IS NOT NULL "
            "AND phone_index IS NOT NULL)",
            name="sending_under_a_lease",
        ),
        sa.CheckConstraint("state <> 'handed_over' OR carrier_id IS NOT NULL", name="handed_over_is_known"),
        sa.CheckConstraint("contact IS NOT NULL OR phone_index IS NOT NULL", name="has_a_receiver"),
        sa.UniqueConstraint("batch", "contact", name="once_a_batch"),
        sa.Index("outgoing_text_carrier_id", "carrier_id", unique=True),
        # One text per phone is in flight at a time: what the carrier lists for a number is then unambiguous.
        sa.Index("one_in_flight_per_phone", "phone_index", unique=True, postgresql_where=sa.text("state = 'sending'")),
        sa.Index(
            "outgoing_text_waiting",
            "lane",
            "due_at",
            postgresql_where=sa.text("state = 'waiting' AND phone_index IS NOT NULL"),
        ),
        sa.Index(
            "outgoing_text_unaddressed",
            "contact",
            postgresql_where=sa.text("state = 'waiting' AND phone_index IS NULL"),
        ),
        sa.Index("outgoing_text_lease", "lease_until", postgresql_where=sa.text("state = 'sending'")),
        sa.Index("outgoing_text_not_after", "not_after", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index("outgoing_text_contact", "contact"),
        sa.Index("outgoing_text_confirming", "phone_index", postgresql_where=sa.text("template = 'confirm_phone'")),
        # Of a notice's texts the batch knows it.
        sa.Index("outgoing_text_asked_by", "asked_by", postgresql_where=sa.text("asked_by IS NOT NULL")),
        sa.Index("outgoing_text_notice", "notice", postgresql_where=sa.text("notice IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: UUID = Field(primary_key=True)
    version: int = _from(1)
    lane: int = Field(sa_type=sa.SmallInteger)
    text_class: str
    template: str
    contact: UUID | None = None
    sealed_phone: str | None = None
    phone_index: str | None = None
    language: str | None = None
    channel: str | None = None  # asked for; None: as the contact chose
    carried_as: str = _from("sms")  # decided when it is claimed
    values: dict[str, Any] = Field(sa_type=JSONB)
    sealed_values: dict[str, str] = _from({}, written="{}", sa_type=JSONB)
    time_zone: str
    passes_opt_out: bool = _from(False, written="false")  # the confirmation of an opt-out
    batch: UUID | None = Field(None, foreign_key="text_batch.id")
    notice: UUID | None = None
    asked_by: UUID | None = None  # the message that asked for it
    asked_at: datetime = _when()
    due_at: datetime = _when()
    not_after: datetime = _when()
    state: str = _from("waiting")
    reason: str | None = None
    attempt: UUID | None = None
    attempts: int = _from(0, sa_type=sa.SmallInteger)
    claimed_at: datetime | None = _when(default=None)
    lease_until: datetime | None = _when(default=None)
    settling_tries: int = _from(0, sa_type=sa.SmallInteger)
    body_digest: str | None = None
    segments: int | None = Field(None, sa_type=sa.SmallInteger)
    carrier_id: str | None = None
    carrier_status: str | None = None
    carrier_rank: int = _from(-1, sa_type=sa.SmallInteger)
    carrier_error: int | None = None
    settled_at: datetime | None = _when(default=None)


class PlacedCall(GatewayTable, table=True):
    """A call that the carrier has for a text that is spoken; a text may take a few of them until it is heard."""

    __table_args__ = (
        sa.Index("placed_call_text", "text"),
        sa.Index("placed_call_open", "placed_at", postgresql_where=sa.text("ended_at IS NULL")),
    )

    carrier_id: str = Field(primary_key=True)
    text: UUID
    status: str
    answered_by: str | None = None
    is_heard: bool = _from(False, written="false")
    placed_at: datetime = _when()
    ended_at: datetime | None = _when(default=None)


class DeliveryEvent(GatewayTable, table=True):
    """What the carrier said of a text, once for each status; also for ids that nobody here knows (yet)."""

    __table_args__ = (
        sa.Index("delivery_event_text", "text"),
        sa.Index("delivery_event_told_at", "told_at", postgresql_using="brin"),
    )

    carrier_id: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    rank: int = Field(sa_type=sa.SmallInteger)
    text: UUID | None
    error_code: int | None
    told_at: datetime = _when()


class IncomingText(GatewayTable, table=True):
    """A text that came in, sealed as it was handed over."""

    __table_args__ = (sa.Index("incoming_text_phone_index", "phone_index"),)

    carrier_id: str = Field(primary_key=True)
    phone_index: str
    sealed_phone: str
    sealed_body: str | None
    keyword: str
    came_at: datetime = _when()


class CarrierPace(GatewayTable, table=True):
    """What the carrier's pace allows just now, in segments: one bucket for all processes."""

    sender: str = Field(primary_key=True)
    tokens: float
    filled_at: datetime = _when()


add_messaging_tables(GatewayTable.metadata)
