"""Step 5, where a handler failed: the message is kept in the consumer's own database, tried again when due, and parked
for a person in the end. Nothing is dropped, nothing loops hot."""

import json
import random
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from shared.messages.subscriptions import PART_OF
from shared.messaging.refusal import MalformedMessage, Unretryable
from shared.messaging.wire import Delivery
from shared.sealing import CannotUnseal, Purpose, keys

# By the clock of the database, by which the relay fires them: this machine's may be set otherwise, or jump.
KEEP = """
INSERT INTO failed_message (handler, queue, message_id, key, headers, body, tries, state, due_at, error_type, sqlstate,
                            frames, sealed_error)
VALUES (%(handler)s, %(queue)s, %(id)s, %(key)s, %(headers)s::jsonb, %(body)s, %(tries)s, %(state)s,
        clock_timestamp() + %(delay)s::interval, %(error_type)s, %(sqlstate)s, %(frames)s, %(sealed_error)s)
ON CONFLICT (handler, message_id) DO UPDATE SET tries = excluded.tries, state = excluded.state,
    due_at = excluded.due_at, error_type = excluded.error_type, sqlstate = excluded.sqlstate, frames = excluded.frames,
    sealed_error = excluded.sealed_error, last_failed_at = clock_timestamp()
"""
LOCK_TRY = "SELECT tries FROM failed_message WHERE id = %(row)s FOR UPDATE"
DONE = "DELETE FROM failed_message WHERE id = %(row)s"
RELEASE_NEXT = """
UPDATE failed_message SET state = 'retrying', due_at = clock_timestamp()
WHERE id = (SELECT id FROM failed_message WHERE handler = %(handler)s AND key = %(key)s AND state = 'waiting'
            ORDER BY id LIMIT 1)
  AND NOT EXISTS (SELECT FROM failed_message WHERE handler = %(handler)s AND key = %(key)s AND state = 'retrying')
"""
FINAL = (MalformedMessage, Unretryable, CannotUnseal)


def seal_failure(text: str, handler: str) -> str:
    """The text of a handler's failure, for the part itself and for the operators' console to read."""
    return keys().seal(_purpose_of(handler), text.encode(), "failure")


def unseal_failure(sealed: str, handler: str) -> str:
    """What `seal_failure` sealed. Raises CannotUnseal."""
    return keys().unseal(_purpose_of(handler), sealed, "failure").decode()


def _purpose_of(handler: str) -> Purpose:
    return Purpose(f"messages:{PART_OF[handler.partition('.')[0]]}")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message failed: what may be read by everybody, and the text, sealed, since errors print values."""

    error_type: str
    sqlstate: str | None
    frames: str
    sealed_error: str
    is_final: bool

    @classmethod
    def of(cls, error: Exception, handler: str) -> "Failure":
        """A handler's failure as it is kept."""
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        sqlstate = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
        final = isinstance(error, FINAL)
        return cls(
            error_type=type(error).__name__,
            sqlstate=sqlstate,
            frames="\n".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames),
            sealed_error=seal_failure(str(error)[:4000], handler),
            is_final=final,
        )


WAITS_ITS_TURN = Failure("WaitsItsTurn", None, "", "", is_final=False)


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How long to wait before each further try, in seconds; after the last the message is parked."""

    delays_s: tuple[int, ...] = (5, 60, 600, 3600)

    def next_try_in(self, tries: int) -> timedelta | None:
        """How long to wait after so many tries, with up to a fifth of jitter either way; None: no more."""
        if tries > len(self.delays_s):
            return None
        return timedelta(seconds=self.delays_s[tries - 1] * random.uniform(0.8, 1.2))  # noqa: S311 - jitter


def keep_failed(db: Session, handler: str, delivery: Delivery, failure: Failure, tries: int, plan: RetryPlan) -> bool:
    """Keep a message after its `tries`-th try. Returns whether it is parked now; what waited behind it then goes on."""
    delay = None if failure.is_final else plan.next_try_in(tries)
    state = "parked" if delay is None else "retrying"
    _keep(db, handler, delivery, failure, tries=tries, state=state, delay=delay)
    if delay is None:
        release_next(db, handler, delivery.key)
    return delay is None


def keep_waiting(db: Session, handler: str, delivery: Delivery) -> None:
    """Keep a message that must not overtake an earlier one of its key."""
    _keep(db, handler, delivery, WAITS_ITS_TURN, tries=0, state="waiting", delay=None)


def _keep(db: Session, handler: str, delivery: Delivery, failure: Failure, **state: Any) -> None:
    parameters = {
        "handler": handler,
        "queue": delivery.queue,
        "id": delivery.id,
        "key": delivery.key,
        "headers": json.dumps({k: v for k, v in delivery.headers.items() if k != "retry"}, default=str),
        "body": delivery.body,
        "error_type": failure.error_type,
        "sqlstate": failure.sqlstate,
        "frames": failure.frames,
        "sealed_error": failure.sealed_error,
        **state,
    }
    db.connection().exec_driver_sql(KEEP, parameters)


def lock_try(db: Session, row: int) -> int | None:
    """How often a failed message was tried, locked for the next try; None where it was discarded or done meanwhile."""
    return db.connection().exec_driver_sql(LOCK_TRY, {"row": row}).scalar()


def done(db: Session, handler: str, row: int, key: str) -> None:
    """A further try succeeded: the message is gone, and the next of its key is due."""
    db.connection().exec_driver_sql(DONE, {"row": row})
    release_next(db, handler, key)


def release_next(db: Session, handler: str, key: str) -> None:
    """Make the next message that waits behind a key due."""
    if key:
        db.connection().exec_driver_sql(RELEASE_NEXT, {"handler": handler, "key": key})
