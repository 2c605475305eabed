"""The tables that every part's database has for its messages: what is to be sent, what was received, what failed and
what is due later. Each part's metadata gets its own copy."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from shared.messaging.waking import woke_relay


def add_messaging_tables(metadata: sa.MetaData) -> None:
    """Put `outbox`, `inbox`, `failed_message` and `due_message` into a part's metadata."""
    _outbox(metadata)
    _inbox(metadata)
    _failed_message(metadata)
    _due_message(metadata)


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _at(name: str, *, nullable: bool = False, default: bool = True) -> sa.Column[object]:
    given = sa.text("clock_timestamp()") if default and not nullable else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=given)


def _outbox(metadata: sa.MetaData) -> None:
    """Messages written in the transaction whose change they tell; the relay publishes and removes them."""
    sa.Table(
        "outbox",
        metadata,
        _identity(),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("routing_key", sa.Text, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        _at("created_at"),
        _at("returned_at", nullable=True),
        woke_relay(),
        sa.Index("outbox_returned", "returned_at", postgresql_where=sa.text("returned_at IS NOT NULL")),
    )


def _inbox(metadata: sa.MetaData) -> None:
    """Messages that this database has taken over, by handler: a repeat changes nothing."""
    sa.Table(
        "inbox",
        metadata,
        sa.Column("handler", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Uuid, primary_key=True),
        _at("taken_at"),
        sa.Index("inbox_taken_at", "taken_at", postgresql_using="brin"),
    )


def _failed_message(metadata: sa.MetaData) -> None:
    """Messages whose handler failed: retried when due, waiting behind one of their key, or parked for a person."""
    sa.Table(
        "failed_message",
        metadata,
        _identity(),
        sa.Column("handler", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, sa.CheckConstraint("state IN ('retrying','waiting','parked')"), nullable=False),
        _at("due_at", nullable=True),
        _at("first_failed_at"),
        _at("last_failed_at"),
        sa.Column("error_type", sa.Text, nullable=False),
        sa.Column("sqlstate", sa.Text),
        sa.Column("frames", sa.Text, nullable=False),
        sa.Column("sealed_error", sa.Text, nullable=False),
        sa.UniqueConstraint("handler", "message_id"),
        sa.CheckConstraint("(state = 'retrying') = (due_at IS NOT NULL)"),
        sa.Index("failed_message_key", "handler", "key", postgresql_where=sa.text("state <> 'parked'")),
        sa.Index("failed_message_due", "due_at", postgresql_where=sa.text("state = 'retrying'")),
    )


def _due_message(metadata: sa.MetaData) -> None:
    """Messages to be sent at a time to come, unless taken back under their key before."""
    sa.Table(
        "due_message",
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        _at("due_at", default=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("routing_key", sa.Text, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Index("due_message_due_at", "due_at"),
    )
