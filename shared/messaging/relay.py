"""Steps 2 and 3 of a message's way: the relay takes outbox rows in order, publishes them with pipelined confirms, and
removes them once the broker has them. It also fires what is due: scheduled messages and further tries."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pika
import psycopg
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.exceptions import AMQPError, ChannelClosedByClient, ConnectionClosedByClient
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row

from shared import metrics
from shared.logs import log
from shared.messaging.relay_sql import (
    ASLEEP,
    AWAKE,
    FIRE_DUE,
    FIRE_RETRIES,
    GAUGES,
    LOCK,
    NEXT_ROWS,
    OLDEST_OPEN,
    PARKED,
    REMOVE,
    RETURNED,
    TRIM_INBOX,
    TRY_RETURNED,
)
from shared.messaging.topology import presence_queue
from shared.parts import Part
from shared.settings import Settings

MOST_IN_FLIGHT = 4000
ROWS_A_POLL = 500
BUSY_ROWS = 100
"""A poll that finds so many wakes the relay for good: writers need not notify while it polls anyway."""
TICK_S = 1.0
FULL_SCAN_S = 5.0


class Relay:
    """The relay of one part's database. One is active at a time; others stand by for its lock."""

    def __init__(self, part: Part, settings: Settings) -> None:
        self.part, self.settings = part, settings
        self.stopping = threading.Event()
        self.carrier: _Carrying | None = None

    def run(self) -> None:
        """Relay until stopped; connections that break are replaced."""
        pauses = (0.2, 0.5, 1.0, 2.0, 5.0)
        attempt = 0
        while not self.stopping.is_set():
            try:
                with psycopg.connect(self._conninfo(), autocommit=True, row_factory=namedtuple_row) as db:
                    if not self._lock(db):
                        continue
                    self.carrier = _Carrying(self.part, self.settings, db)
                    self.carrier.run()
                    attempt = 0
            except (AMQPError, psycopg.Error, OSError) as error:
                log.warning("relay_interrupted", part=self.part, error=type(error).__name__)
            finally:
                metrics.relay_active.labels(self.part).set(0)
            if self.stopping.wait(pauses[min(attempt, len(pauses) - 1)]):
                return
            attempt += 1

    def stop(self) -> None:
        """Stop after what is in flight."""
        self.stopping.set()
        if self.carrier is not None:
            self.carrier.stop_soon()

    def _conninfo(self) -> str:
        url = self.settings.database_of(self.part).replace("postgresql+psycopg://", "postgresql://")
        return make_conninfo(
            url,
            application_name=f"sila-relay-{self.part}",
            connect_timeout=10,
            keepalives_idle=30,
            options="-c synchronous_commit=off",
        )

    def _lock(self, db: psycopg.Connection[Any]) -> bool:
        """Wait for this part's advisory lock; it is held by the connection."""
        while not self.stopping.is_set():
            row = db.execute(LOCK).fetchone()
            if row is not None and row[0]:
                return True
            self.stopping.wait(1)
        return False


class _Carrying:
    """An active relay: a database connection and a broker connection in one event loop."""

    def __init__(self, part: Part, settings: Settings, db: psycopg.Connection[Any]) -> None:
        self.part, self.db = part, db
        self.trim_after_days = settings.trim_after_days
        self.cursor = 0
        self.floor = 0
        self.mark: tuple[int, int] | None = None  # a cursor, and the transactions open when it was reached
        self.asleep_since: int | None = None
        self.is_awake = True
        self.is_blocked = False
        self.next_tag = 1
        self.in_flight: dict[int, int] = {}  # delivery tag → row
        self.row_of: dict[str, int] = {}  # message id → row, to know what came back
        self.returned: set[int] = set()
        self.confirmed: list[int] = []
        self.removal_planned = False
        self.poll_planned = False
        self.last_full_scan = self.last_trim = time.monotonic()
        self.queues_seen: set[str] = set()
        self.error: BaseException | None = None
        self.channel: Any = None
        self.loop: Any = IOLoop()
        parameters = pika.URLParameters(settings.amqp_url)
        parameters.heartbeat = settings.heartbeat_s
        parameters.blocked_connection_timeout = None
        self.connection = SelectConnection(
            parameters,
            on_open_callback=lambda _: self.connection.channel(on_open_callback=self._opened),
            on_open_error_callback=lambda _, error: self._broken(error),
            on_close_callback=lambda _, error: self._broken(error),
            custom_ioloop=self.loop,
        )

    def run(self) -> None:
        """Carry until a connection breaks or the relay stops. Raises what broke."""
        self.loop.start()
        if self.error is not None:
            self._hang_up()
            raise self.error

    def _hang_up(self) -> None:
        """Close the broker's side, so that its exclusive queue is free for the next one."""
        if self.connection.is_open:
            self.connection.close()
            self.loop.call_later(2, self.loop.stop)
            self.loop.start()

    def stop_soon(self) -> None:
        """Called from another thread: confirm what is in flight, then close."""
        self.loop.add_callback_threadsafe(lambda: self.loop.call_later(0.3, self._close))

    def _close(self) -> None:
        self._guard(self._remove_confirmed)
        if self.connection.is_open:
            self.connection.close()
        else:
            self.loop.stop()

    def _broken(self, error: Any) -> None:
        if not (isinstance(error, ConnectionClosedByClient | ChannelClosedByClient) or self.error):
            self.error = error if isinstance(error, BaseException) else OSError("connection closed")
        self.loop.stop()

    def _guard(self, step: Callable[[], None]) -> None:
        """Run a step of the loop; what it raises ends the loop and is raised by `run`."""
        try:
            step()
        except (psycopg.Error, AMQPError, OSError) as error:
            self.error = error
            self.loop.stop()

    # The broker

    def _opened(self, channel: Any) -> None:
        self.channel = channel
        channel.add_on_return_callback(self._came_back)
        channel.add_on_close_callback(lambda _, error: self._broken(error))
        self.connection.add_on_connection_blocked_callback(lambda *_: self._blocked(True))
        self.connection.add_on_connection_unblocked_callback(lambda *_: self._blocked(False))
        channel.basic_consume(presence_queue(self.part), lambda *_: None, auto_ack=True)
        channel.confirm_delivery(self._confirmed, callback=lambda _: self._guard(self._begin))
        metrics.broker_connections.labels("relay").inc()

    def _begin(self) -> None:
        metrics.relay_active.labels(self.part).set(1)
        log.info("relay_active", part=self.part)
        self.db.execute("LISTEN outbox")
        self.loop.add_handler(self.db.fileno(), lambda *_: self._guard(self._notified), IOLoop.READ)
        self._fall_asleep()
        self._tick()

    def _blocked(self, is_blocked: bool) -> None:
        self.is_blocked = is_blocked
        log.warning("broker_blocks", part=self.part, blocked=is_blocked)
        if not is_blocked:
            self._plan_poll(0)

    def _notified(self) -> None:
        self.db.pgconn.consume_input()
        while self.db.pgconn.notifies():
            pass
        self._poll()

    # Publishing

    def _plan_poll(self, delay_s: float) -> None:
        if not self.poll_planned:
            self.poll_planned = True
            self.loop.call_later(delay_s, self._planned_poll)

    def _planned_poll(self) -> None:
        self.poll_planned = False
        self._guard(self._poll)

    def _poll(self) -> None:
        """Publish what is new; look behind the cursor for what was committed late; sleep when nothing is left."""
        if self.is_blocked or len(self.in_flight) >= MOST_IN_FLIGHT:
            return
        found = self._publish_from(self.cursor)
        if found == ROWS_A_POLL:
            self._wake()
            self._plan_poll(0)
            return
        found += self._publish_late_ones()
        if found >= BUSY_ROWS:
            self._wake()
        self._settle_down(found)

    def _settle_down(self, found: int) -> None:
        if self.is_awake and not found and self.asleep_since is None:
            self._fall_asleep()
        if self.is_awake:
            self._plan_poll(0.002 if found else 0.01)

    def _publish_from(self, cursor: int) -> int:
        rows = self.db.execute(NEXT_ROWS, (cursor, list(self.in_flight.values()), ROWS_A_POLL)).fetchall()
        sent_us = int(time.time() * 1e6)
        for row in rows:
            self._publish(row, sent_us)
            self.cursor = max(self.cursor, row.id)
        return len(rows)

    def _publish_late_ones(self) -> int:
        """Rows below the cursor: their transactions committed after later ones, or the broker refused them.

        The floor rises only after a scan that began when every transaction was over that could write below it.
        """
        oldest, newest = self._transactions()
        found = self._publish_from(self.floor) if self.floor < self.cursor or self._full_scan_is_due() else 0
        if self.mark is not None and oldest >= self.mark[1] and found < ROWS_A_POLL:
            self.floor, self.mark = self.mark[0], None
        if self.mark is None:
            self.mark = (self.cursor, newest)
        if self.is_awake and self.asleep_since is not None and oldest >= self.asleep_since:
            self.is_awake, self.asleep_since = False, None
        return found

    def _full_scan_is_due(self) -> bool:
        if time.monotonic() - self.last_full_scan < FULL_SCAN_S:
            return False
        self.last_full_scan, self.floor = time.monotonic(), 0
        return True

    def _transactions(self) -> tuple[int, int]:
        row = self.db.execute(OLDEST_OPEN).fetchone()
        assert row is not None
        return int(row.oldest), int(row.newest)

    def _publish(self, row: Any, sent_us: int) -> None:
        message_id = str(row.message_id)
        self.in_flight[self.next_tag] = row.id
        self.row_of[message_id] = row.id
        self.next_tag += 1
        headers = row.headers
        headers["sent_us"] = sent_us
        properties = pika.BasicProperties(
            content_type="application/json", delivery_mode=2, message_id=message_id, headers=headers
        )
        self.channel.basic_publish(row.exchange, row.routing_key, row.body, properties, mandatory=True)

    # Confirms

    def _confirmed(self, frame: Any) -> None:
        method = frame.method
        tags = self._tags_up_to(method.delivery_tag) if method.multiple else [method.delivery_tag]
        is_ack = method.NAME == "Basic.Ack"
        was_full = len(self.in_flight) >= MOST_IN_FLIGHT
        for tag in tags:
            row = self.in_flight.pop(tag, None)
            if row is not None and is_ack:
                self.confirmed.append(row)
        if not self.removal_planned:
            self.removal_planned = True
            self.loop.call_later(0.02, lambda: self._guard(self._remove_confirmed))
        if was_full:
            self._plan_poll(0)

    def _tags_up_to(self, last: int) -> list[int]:
        tags: list[int] = []
        for tag in self.in_flight:  # in order of publishing
            if tag > last:
                break
            tags.append(tag)
        return tags

    def _came_back(self, _: Any, method: Any, properties: Any, __: bytes) -> None:
        row = self.row_of.get(properties.message_id)
        log.error("unroutable", part=self.part, code=method.reply_code)
        if row is not None:
            self.returned.add(row)

    def _remove_confirmed(self) -> None:
        self.removal_planned = False
        rows, self.confirmed = self.confirmed, []
        if not rows:
            return
        unroutable = [r for r in rows if r in self.returned]
        if unroutable:
            self.db.execute(RETURNED, (unroutable,))
            self.returned.difference_update(unroutable)
            rows = [r for r in rows if r not in set(unroutable)]
        self.db.execute(REMOVE, (rows,))
        metrics.published.labels(self.part).inc(len(rows))
        if not self.in_flight:
            self.row_of.clear()

    # Sleep: writers notify a sleeping relay only

    def _wake(self) -> None:
        if not self.is_awake or self.asleep_since is not None:
            self.db.execute(AWAKE)
        self.is_awake, self.asleep_since = True, None

    def _fall_asleep(self) -> None:
        """Say so, and poll on until every transaction that may not have seen it is over."""
        self.db.execute(ASLEEP)
        self.is_awake = True
        self.asleep_since = self._transactions()[1]
        self._plan_poll(0)

    # What is due

    def _tick(self) -> None:
        self.loop.call_later(TICK_S, self._tick)
        self._guard(self._beat)

    def _beat(self) -> None:
        for statement in (FIRE_DUE, FIRE_RETRIES, TRY_RETURNED):
            self.db.execute(statement)
        if time.monotonic() - self.last_trim > 600:
            self.last_trim = time.monotonic()
            self.db.execute(TRIM_INBOX, (self.trim_after_days,))
        self._measure()
        self._poll()

    def _measure(self) -> None:
        row = self.db.execute(GAUGES).fetchone()
        assert row is not None
        for gauge, value in (
            (metrics.outbox_waiting, row.waiting),
            (metrics.outbox_oldest, row.oldest_s),
            (metrics.outbox_unroutable, row.unroutable),
            (metrics.retrying, row.retrying),
            (metrics.due_oldest, row.overdue_s),
        ):
            gauge.labels(self.part).set(value)
        parked: dict[str, int] = {r.queue: r.parked for r in self.db.execute(PARKED)}
        self.queues_seen.update(parked)
        for queue in self.queues_seen:
            metrics.parked.labels(self.part, queue).set(parked.get(queue, 0))
