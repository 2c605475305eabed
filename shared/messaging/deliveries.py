"""Step 4 of a message's way: what a batch of deliveries means. Inbox, rule, commit, and only then may the caller
acknowledge; what failed is kept. Knows neither nameko nor the broker: another runner is a file, not a rewrite."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from shared.messages.model import Command, Message
from shared.messaging import parking
from shared.messaging.inbox import keys_held_back, take_over
from shared.messaging.outbox import caused_by, pending, publish
from shared.messaging.parking import Failure, RetryPlan
from shared.messaging.refusal import Refusal
from shared.messaging.wire import Delivery, open_delivery

AWAY = ("08", "53", "57", "58")
"""SQLSTATE classes that speak of the server, not of the message: connection, resources, intervention, system."""


class DatabaseAway(Exception):
    """The part's database does not answer: nothing is acknowledged, the same batch is tried again later."""


class RefusedTooLate(Exception):
    """A rule raised a Refusal after it had written: a fault of the rule, since a refusal does not roll back."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler: its name, the models it takes by their kind, and what it does with one message.

    One that carries out a batch `together` takes a list of messages instead, at most so many where `most` says so, and
    answers each with None or a refusal.
    """

    name: str
    models: dict[str, type[Message]]
    handle: Callable[[Session, Any], Sequence[Refusal | None] | None]
    together: bool = False
    most: int | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a batch, by message: applied, refused, repeated, kept waiting, to be retried, or parked."""

    counts: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, what: str) -> None:
        """Count one more."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def merge(self, other: "Outcome") -> None:
        """Count another batch's as well."""
        for what, count in other.counts.items():
            self.counts[what] = self.counts.get(what, 0) + count


def apply_batch(
    sessions: Callable[[], Session], handler: Handler, deliveries: Sequence[Delivery], plan: RetryPlan
) -> Outcome:
    """Carry out a batch: all in one transaction, or, when one fails, each in its own, so that it costs only itself.

    When it returns, everything is committed and the deliveries may be acknowledged. Raises DatabaseAway.
    """
    outcome = Outcome()
    fresh = [d for d in deliveries if d.retry_of is None]
    try:
        if fresh:
            outcome.merge(_try(sessions, handler, fresh))
    except DatabaseAway:
        raise
    except Exception:
        for delivery in fresh:
            outcome.merge(_try_alone(sessions, handler, delivery, plan))
    for delivery in deliveries:
        if delivery.retry_of is not None:
            outcome.merge(_try_again(sessions, handler, delivery, plan))
    return outcome


def _try(sessions: Callable[[], Session], handler: Handler, deliveries: Sequence[Delivery]) -> Outcome:
    opened = [(d, d.id, open_delivery(d, handler.models)) for d in deliveries]
    outcome = Outcome()
    to_do: list[Message] = []
    with Transaction(sessions) as db:
        new = take_over(db, handler.name, [number for _, number, _ in opened])
        held_back = keys_held_back(db, handler.name, [d.key for d in deliveries])
        for delivery, number, message in opened:
            if number not in new:
                outcome.add("repeated")
            elif delivery.key in held_back:
                parking.keep_waiting(db, handler.name, delivery)
                outcome.add("kept_waiting")
            else:
                new.discard(number)  # the same message may stand twice in one batch
                to_do.append(message)
        for what in _handle(db, handler, to_do):
            outcome.add(what)
    return outcome


def _handle(db: Session, handler: Handler, messages: Sequence[Message]) -> list[str]:
    """Carry messages out, and publish the refusals. What became of each."""
    if not handler.together:
        return [_settle(db, message, _handle_one(db, handler, message)) for message in messages]
    answers = handler.handle(db, messages) if messages else ()
    assert answers is not None
    return [_settle(db, message, answer) for message, answer in zip(messages, answers, strict=True)]


def _handle_one(db: Session, handler: Handler, message: Message) -> Refusal | None:
    caused_by(db, message)
    before = _written(db)  # also by earlier messages of the batch
    try:
        handler.handle(db, message)
    except Refusal as refusal:
        if _written(db) != before:
            raise RefusedTooLate(type(refusal).__name__) from refusal
        return refusal
    return None


def _settle(db: Session, message: Message, refusal: Refusal | None) -> str:
    if refusal is None:
        return "applied"
    if isinstance(message, Command):
        caused_by(db, message)
        publish(db, message.refused(reason=refusal.reason, values=refusal.values))  # pyright: ignore[reportArgumentType]
    return "refused"


def _written(db: Session) -> tuple[int, ...]:
    """How much the session has to write. Its public views copy all of it: quadratic in a batch."""
    new, deleted, modified = db._new, db._deleted, db.identity_map._modified  # pyright: ignore
    return len(new), len(deleted), len(modified), len(pending(db))


def _try_alone(sessions: Callable[[], Session], handler: Handler, delivery: Delivery, plan: RetryPlan) -> Outcome:
    try:
        return _try(sessions, handler, [delivery])
    except DatabaseAway:
        raise
    except Exception as error:
        failure = Failure.of(error, handler.name)
    outcome = Outcome()
    with Transaction(sessions) as db:
        if take_over(db, handler.name, [delivery.id]):
            parked = parking.keep_failed(db, handler.name, delivery, failure, 1, plan)
            outcome.add("parked" if parked else "to_retry")
        else:
            outcome.add("repeated")
    return outcome


def _try_again(sessions: Callable[[], Session], handler: Handler, delivery: Delivery, plan: RetryPlan) -> Outcome:
    row = delivery.retry_of
    assert row is not None
    outcome, tries = Outcome(), 0
    try:
        with Transaction(sessions) as db:
            found = parking.lock_try(db, row)
            if found is None:
                outcome.add("repeated")
                return outcome
            tries = found
            outcome.add(_handle(db, handler, [open_delivery(delivery, handler.models)])[0])
            parking.done(db, handler.name, row, delivery.key)
            return outcome
    except DatabaseAway:
        raise
    except Exception as error:
        failure = Failure.of(error, handler.name)
    outcome = Outcome()
    with Transaction(sessions) as db:
        if parking.lock_try(db, row) is not None:
            parked = parking.keep_failed(db, handler.name, delivery, failure, tries + 1, plan)
            outcome.add("parked" if parked else "to_retry")
    return outcome


class Transaction:
    """A session's one transaction: committed or rolled back at the end; a server that is away is told apart."""

    def __init__(self, sessions: Callable[[], Session]) -> None:
        self._db = sessions()

    def __enter__(self) -> Session:
        return self._db

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if error is None:
                self._db.commit()
        except Exception as failed:
            raise_if_away(failed)
            raise
        finally:
            self._db.close()
        if error is not None:
            raise_if_away(error)


def raise_if_away(error: BaseException) -> None:
    """Raise DatabaseAway where an error says that the server, not the statement, is at fault."""
    if not isinstance(error, DBAPIError):
        return
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    gone = sqlstate is None and type(error).__name__ in ("OperationalError", "InterfaceError")
    if error.connection_invalidated or gone or (sqlstate is not None and sqlstate[:2] in AWAY):
        raise DatabaseAway from error
