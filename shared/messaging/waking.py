"""How a relay that sleeps hears of a new outbox row: the row itself asks whether it sleeps, and wakes it.

A relay that is awake holds an advisory lock. Each row's default looks whether the lock is to be had, gives it back at
once, and notifies only then: a notification in every transaction costs the writers a third of their speed and more
(design §2), and a second look by the writer's statement 5 %. A relay that dies lets the lock go with its connection.
"""

from typing import LiteralString

import sqlalchemy as sa

_LOCK: LiteralString = "7364618"  # locks are per database, so one number serves all parts
# A try: a writer may be looking at this very moment.
AWAKE: LiteralString = f"SELECT pg_try_advisory_lock({_LOCK}) AS is_said"
ASLEEP: LiteralString = f"SELECT pg_advisory_unlock({_LOCK})"


def woke_relay(channel: str = "outbox") -> sa.Column[bool]:
    """Whether the row woke the relay, by a notification on `channel`; empty where it was awake."""
    default = f"""
    CASE WHEN pg_try_advisory_lock_shared({_LOCK}) THEN
        CASE WHEN pg_advisory_unlock_shared({_LOCK}) THEN pg_notify('{channel}', '') IS NOT NULL END
    END
    """
    return sa.Column("woke_relay", sa.Boolean, server_default=sa.text(default))
