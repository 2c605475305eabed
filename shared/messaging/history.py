"""The messaging tables as every part's first migration makes them, and their changes since: each is a migration of
every part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("due_message", "failed_message", "inbox", "outbox", "relay")


def create_messaging_tables() -> None:
    """Make the tables of `shared.messaging.tables`, as they were in the first version."""
    _create_due_message()
    _create_failed_message()
    _create_inbox()
    _create_outbox()
    _create_relay()


def drop_messaging_tables() -> None:
    """Remove them."""
    for table in TABLES:
        op.drop_table(table)


def let_rows_wake_the_relay(*alike: str) -> None:
    """A new row of the outbox, and of what is `alike`, asks by itself whether the relay sleeps; no row of the relay's
    says so any more. No row that is there is written again.
    """
    op.drop_table("relay")
    for table in ("outbox", *alike):
        op.add_column(table, sa.Column("woke_relay", sa.Boolean(), nullable=True))
        default = f"""
        CASE WHEN pg_try_advisory_lock_shared(7364618) THEN
            CASE WHEN pg_advisory_unlock_shared(7364618) THEN pg_notify('{table}', '') IS NOT NULL END
        END
        """
        op.alter_column(table, "woke_relay", server_default=sa.text(default))


def let_writers_wake_the_relay(*alike: str) -> None:
    """Take that back."""
    for table in ("outbox", *alike):
        op.drop_column(table, "woke_relay")
    _create_relay()


def _create_due_message() -> None:
    op.create_table(
        "due_message",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("due_message_due_at", "due_message", ["due_at"], unique=False)


def _create_failed_message() -> None:
    op.create_table(
        "failed_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "first_failed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "last_failed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("sqlstate", sa.Text(), nullable=True),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("sealed_error", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'retrying') = (due_at IS NOT NULL)"),
        sa.CheckConstraint("state IN ('retrying','waiting','parked')"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handler", "message_id"),
    )
    op.create_index(
        "failed_message_due", "failed_message", ["due_at"], unique=False, postgresql_where=sa.text("state = 'retrying'")
    )
    op.create_index(
        "failed_message_key",
        "failed_message",
        ["handler", "key"],
        unique=False,
        postgresql_where=sa.text("state <> 'parked'"),
    )


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("handler", "message_id"),
    )
    op.create_index("inbox_taken_at", "inbox", ["taken_at"], unique=False, postgresql_using="brin")


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "outbox_returned", "outbox", ["returned_at"], unique=False, postgresql_where=sa.text("returned_at IS NOT NULL")
    )


def _create_relay() -> None:
    op.create_table(
        "relay",
        sa.Column("is_asleep", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("only_row"),
        sa.PrimaryKeyConstraint("only_row"),
    )
    op.execute("INSERT INTO relay DEFAULT VALUES")
