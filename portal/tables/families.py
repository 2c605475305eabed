"""What the portal keeps for families' way in: references, sessions, one-time codes, PINs, what was sent already."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from portal.tables.registry import PortalTable, count, flag, moment, one_of, texts
from shared.messaging.waking import woke_relay


class ReferenceAllocation(PortalTable, table=True):
    """A reference that was given out: no other report gets it, whether or not its report arrives."""

    __table_args__ = (one_of("state", "allocated", "used"),)

    reference: str = Field(primary_key=True)
    institution: str
    state: str = Field("allocated", sa_column_kwargs={"server_default": "allocated"})
    allocated_at: datetime = moment(default_now=True)


class IdempotencyKey(PortalTable, table=True):
    """A request that was carried out, and what was answered: the same key again gets the same answer."""

    owner: str = Field(primary_key=True)
    """An institution's code, or `families` for the report form."""
    key: str = Field(primary_key=True)
    body_hash: bytes
    status: int
    response: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    created_at: datetime = moment(default_now=True, index=True)


class FamilySession(PortalTable, table=True):
    """A family that logged in. The token itself is only in the browser's cookie."""

    token_digest: bytes = Field(primary_key=True)
    reference: str = Field(index=True)
    by: str
    """How they came in: `code` or `pin`."""
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    looked_at: datetime | None = moment(nullable=True)
    notice: str = Field("", sa_column_kwargs={"server_default": ""})


class Challenge(PortalTable, table=True):
    """A one-time code that was asked for. An unknown reference gets the same row, without a reference."""

    __table_args__ = (sa.CheckConstraint("tries >= 0", name="tries_count"),)

    challenge: UUID = Field(primary_key=True)
    browser_digest: bytes
    typed_digest: str
    """The blind index of the reference that was typed, known or not: what limits go by."""
    reference: str | None = None
    contact: UUID | None = None
    is_sent: bool = flag(default=True)
    """Whether the code went to a phone: one that nobody was sent opens nothing, whoever guesses it."""
    code_digest: str
    tries: int = count()
    created_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment(nullable=True)


class PhoneProof(PortalTable, table=True):
    """A phone that is being proved by a code sent to it: a family's new number, or the second phone that it names.

    A new number needs a further code, sent to the second phone. A row without a report (the reference is unknown, or
    names nobody who is trusted) is like the others, and cannot be met.
    """

    __table_args__ = (one_of("purpose", "new_number", "second_contact"),)

    proof: UUID = Field(primary_key=True)
    purpose: str
    browser_digest: bytes
    reference: str | None = None
    sealed_number: str
    code_digest: str
    trusted_code_digest: str | None = None
    tries: int = count()
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment(nullable=True)


class ReportDraft(PortalTable, table=True):
    """A report that is being written, step by step. Nobody reads it before it is sent; then it is empty.

    It has its reference already. The browser that writes it has a token; another one needs the reference and the code.
    """

    __table_args__ = (sa.CheckConstraint("(sent_at IS NULL) = (sealed_words IS NOT NULL)", name="empty_once_sent"),)

    reference: str = Field(primary_key=True)
    request_id: UUID = Field(unique=True)
    token_digest: bytes = Field(unique=True)
    code_hash: str
    sealed_words: str | None = None
    begun_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    sent_at: datetime | None = moment(nullable=True)


class KeptWords(PortalTable, table=True):
    """What a family wrote when its session was already over: kept sealed for a while, for the same report only."""

    reference: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    sealed_words: str
    expires_at: datetime = moment(index=True)


class UnsentCode(PortalTable, table=True):
    """What is written where a code has no phone to go to, so that an unknown reference takes the same work.

    The shape is the outbox's. Swept by the projector.
    """

    id: int | None = Field(None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    message_id: UUID
    exchange: str
    routing_key: str
    headers: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    body: bytes
    created_at: datetime = moment(default_now=True)
    woke_relay: bool | None = Field(None, sa_column=woke_relay("unsent_code"))


class Pin(PortalTable, table=True):
    """A family's PIN, as argon2 keeps it."""

    reference: str = Field(primary_key=True)
    pin_hash: str
    made_at: datetime = moment(default_now=True)


class DeskVerification(PortalTable, table=True):
    """That somebody at a desk made sure, by some checks, that a caller is the family."""

    __table_args__ = (sa.Index("desk_verification_of_reference", "reference", "expires_at"),)

    id: UUID = Field(primary_key=True)
    reference: str
    staff: UUID
    institution: str
    checks: list[str] = texts()
    verified_at: datetime = moment()
    expires_at: datetime = moment()


class LimitCounter(PortalTable, table=True):
    """How often something happened in the running window; `key` is a blind index, never a phone or a reference."""

    key: str = Field(primary_key=True)
    hits: int
    expires_at: datetime = moment(index=True)


class Conversation(PortalTable, table=True):
    """Where a phone's exchange of texts, or a call, stands."""

    phone_index: str = Field(primary_key=True)
    state: str
    detail: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    expires_at: datetime = moment(index=True)


class CallRequest(PortalTable, table=True):
    """A family asked to be called: one open request a report, until a desk has called."""

    __table_args__ = (
        sa.Index("call_request_open", "reference", unique=True, postgresql_where=sa.text("done_at IS NULL")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
    )

    id: int | None = Field(None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    reference: str
    asked_at: datetime = moment()
    done_at: datetime | None = moment(nullable=True)
    done_by: UUID | None = None


class InboundText(PortalTable, table=True):
    """A text that came in, by the carrier's id: the same one again has no effect. Its words are the gateway's."""

    carrier_id: str = Field(primary_key=True)
    phone_index: str = Field(index=True)
    keyword: str
    is_from_contact: bool = flag(default=False)
    received_at: datetime = moment(default_now=True)


class DeliverySeen(PortalTable, table=True):
    """A delivery callback that was passed on."""

    carrier_id: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    seen_at: datetime = moment(default_now=True, index=True)
