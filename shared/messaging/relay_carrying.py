"""An active relay: an outbox and a broker in one event loop, how it sleeps and wakes, and what it fires when due."""

import time
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPError

from shared import metrics
from shared.logs import log
from shared.messaging.relay_publisher import Publisher, forbidden_by
from shared.messaging.relay_reading import Reading, Row, is_full
from shared.messaging.relay_sql import (
    DUE,
    FIRE_DUE,
    FIRE_RETRIES,
    MEASURED,
    REFUSED,
    REMOVE,
    RETURNED,
    TRIM_INBOX,
    TRY_RETURNED,
)
from shared.messaging.topology import QUEUES_EXCHANGE
from shared.messaging.waking import ASLEEP, AWAKE
from shared.parts import Part
from shared.settings import Settings

BUSY_ROWS = 100
BUSY_ROWS_A_SECOND = 1000
"""More in one reading, or in a second, wake the relay for good: writers need not notify while it polls anyway."""
RESTLESS_S = 0.05
"""A waking relay that has found nothing for so long falls asleep."""
LOOK_EVERY_S = 1.0
TRIM_EVERY_S, TRIM_AT_ONCE = 600, 2000
"""Few at once, so that no lock is held for long, and as often as it takes."""
MEASURING_SHARE = 0.02
"""Counting a long backlog takes long: it may have this share of the relay's time."""


class Carrying:
    """A database connection and a broker connection in one event loop, until one breaks or the relay stops."""

    def __init__(self, part: Part, settings: Settings, db: psycopg.Connection[Any]) -> None:
        self.part, self.db = part, db
        self.trim_after_days = settings.trim_after_days
        self.reading = Reading(db)
        self.loop: Any = IOLoop()
        self.publisher = Publisher(part, settings, self.loop)
        self.publisher.opened = lambda: self._guard(self._begin)
        self.publisher.settled = self._settled
        self.publisher.broken = self._broken
        self.is_stopping = False
        self.waits_for_room = False
        self.error: BaseException | None = None
        self.is_awake = True
        self.is_said_awake = False
        self.asleep_since: int | None = None  # transactions from here on have seen that the relay sleeps
        self.last_found = self.last_trim = time.monotonic()
        self.next_measuring = 0.0
        self.found_this_second = 0
        self.planned: set[str] = set()
        self.queues_seen: set[str] = set()

    def run(self) -> None:
        """Carry until a connection breaks or the relay stops. Raises what broke."""
        self.loop.start()
        if self.error is not None:
            self._hang_up()
            self._set_aside_forbidden()
            raise self.error

    def stop_soon(self) -> None:
        """Called from another thread: wait for the confirms of what is in flight, then close."""
        self.loop.add_callback_threadsafe(lambda: self._close_when_idle(time.monotonic() + 2))

    def _close_when_idle(self, latest: float) -> None:
        self.is_stopping = True
        if not self.publisher.is_idle and time.monotonic() < latest:
            self.loop.call_later(0.05, lambda: self._close_when_idle(latest))
            return
        self._guard(self._remove_settled)
        if not self.publisher.close():
            self.loop.stop()

    def _hang_up(self) -> None:
        """Close the broker's side where only the database's is broken."""
        if self.publisher.close():
            self.loop.call_later(2, self.loop.stop)
            self.loop.start()

    def _set_aside_forbidden(self) -> None:
        """Have what this account may not publish stay as what no queue takes does: it blocks nothing behind it."""
        forbidden = forbidden_by(self.error)
        if forbidden is None:
            return
        log.error("not_permitted", part=self.part, exchange=forbidden.exchange, routing_key=forbidden.routing_key)
        exchanges = [forbidden.exchange, *([""] if forbidden.exchange == QUEUES_EXCHANGE else [])]
        self.db.execute(REFUSED, (exchanges, forbidden.routing_key, forbidden.routing_key))

    def _broken(self, error: BaseException) -> None:
        self.error = self.error or error
        self.loop.stop()

    def _guard(self, step: Callable[[], None]) -> None:
        """Run a step of the loop; what it raises ends the loop and is raised by `run`."""
        try:
            step()
        except (psycopg.Error, AMQPError, OSError) as error:
            self._broken(error)

    def _plan(self, step: Callable[[], None], delay_s: float = 0) -> None:
        """Run a step later; one that is planned already is not planned twice."""
        if step.__name__ in self.planned:
            return

        def run() -> None:
            self.planned.discard(step.__name__)
            self._guard(step)

        self.planned.add(step.__name__)
        self.loop.call_later(delay_s, run)

    def _begin(self) -> None:
        metrics.relay_active.labels(self.part).set(1)
        log.info("relay_active", part=self.part)
        # A notification may also come in with the answer to a statement: the handler hears of both.
        self.db.add_notify_handler(lambda _: self._plan(self._poll))
        self.db.execute("LISTEN outbox")
        self.loop.add_handler(self.db.fileno(), lambda *_: self._guard(self._notified), IOLoop.READ)
        self._fall_asleep()
        self._look()

    def _notified(self) -> None:
        self.db.pgconn.consume_input()
        while self.db.pgconn.notifies():
            pass
        self._poll()

    # Publishing

    def _poll(self) -> None:
        """Publish what is new, and look behind the cursor once that is on its way."""
        if not self._may_publish():
            return
        rows = self.reading.new()
        self._publish(rows)
        if len(rows) >= BUSY_ROWS:
            self._wake()
        if is_full(rows):
            self._plan(self._poll)
        else:
            self._plan(self._look_back, 0.005 if rows else 0)

    def _look_back(self) -> None:
        """Publish what was committed late or refused; sleep when nothing is left and nobody writes unseen."""
        if not self._may_publish():
            return
        oldest, newest = self.reading.open_transactions()
        self._publish(self.reading.late(self.publisher.known(), oldest, newest))
        if self.asleep_since is not None and oldest >= self.asleep_since:
            self.is_awake, self.asleep_since = False, None
            self._publish(self.reading.new())
        if self.is_awake:
            idle_s = time.monotonic() - self.last_found
            if idle_s > RESTLESS_S and self.asleep_since is None:
                self._fall_asleep()
            self._plan(self._poll, 0.002 if idle_s < RESTLESS_S else 0.01)

    def _may_publish(self) -> bool:
        self.waits_for_room = not self.publisher.has_room
        return not (self.is_stopping or self.waits_for_room)

    def _publish(self, rows: list[Row]) -> None:
        if rows:
            self.last_found = time.monotonic()
            self.found_this_second += len(rows)
            self.publisher.publish(rows, int(time.time() * 1e6))

    def _settled(self) -> None:
        self._plan(self._remove_settled, 0.02)
        if self.waits_for_room:
            self._plan(self._poll)

    def _remove_settled(self) -> None:
        unroutable, confirmed = self.publisher.unroutable(), self.publisher.confirmed()
        if unroutable:
            self.db.execute(RETURNED, (unroutable,))
        if confirmed:
            self.db.execute(REMOVE, (confirmed,))
            metrics.published.labels(self.part).inc(len(confirmed))

    # Sleep: writers notify a sleeping relay only

    def _wake(self) -> None:
        if not self.is_said_awake:
            said = self.db.execute(AWAKE).fetchone()
            self.is_said_awake = said is not None and said.is_said
        self.is_awake, self.asleep_since = True, None
        self._plan(self._poll, 0.002)

    def _fall_asleep(self) -> None:
        """Say so, and poll on until every transaction that may not have seen it is over."""
        if self.is_said_awake:
            self.db.execute(ASLEEP)
        self.is_awake, self.is_said_awake = True, False
        self.asleep_since = self.reading.open_transactions()[1]
        self._plan(self._poll)

    # What is due

    def _look(self) -> None:
        """Once a second: fire what is due, measure, trim, and read on where a notification may have been missed."""
        self.loop.call_later(LOOK_EVERY_S, lambda: self._guard(self._look))
        if self.found_this_second > BUSY_ROWS_A_SECOND:
            self._wake()
        self.found_this_second = 0
        started = time.monotonic()
        is_measured = started >= self.next_measuring
        row = self.db.execute(MEASURED if is_measured else DUE).fetchone()
        assert row is not None
        metrics.due_looked_at.labels(self.part).set_to_current_time()
        if is_measured:
            ended = time.monotonic()
            self.next_measuring = ended + (ended - started) / MEASURING_SHARE
            self._measure(row)
        due: list[tuple[bool, LiteralString]] = [
            (row.messages, FIRE_DUE),
            (row.retries, FIRE_RETRIES),
            (row.returned, TRY_RETURNED),
        ]
        fired = [self.db.execute(statement) for is_due, statement in due if is_due]
        self._trim()
        if fired or not is_measured or row.waiting:
            self._poll()

    def _measure(self, row: Any) -> None:
        for gauge, value in (
            (metrics.outbox_waiting, row.waiting),
            (metrics.outbox_oldest, row.oldest_s),
            (metrics.outbox_unroutable, row.unroutable),
            (metrics.retrying, row.retrying),
            (metrics.due_oldest, row.overdue_s),
            (metrics.out_of_bounds, row.out_of_bounds),
        ):
            gauge.labels(self.part).set(value)
        parked: dict[str, int] = row.parked or {}
        self.queues_seen.update(parked)
        for queue in self.queues_seen:
            metrics.parked.labels(self.part, queue).set(parked.get(queue, 0))

    def _trim(self) -> None:
        if time.monotonic() - self.last_trim > TRIM_EVERY_S:
            trimmed = self.db.execute(TRIM_INBOX, (self.trim_after_days, TRIM_AT_ONCE)).rowcount
            if trimmed < TRIM_AT_ONCE:  # else there is more: a second later
                self.last_trim = time.monotonic()
