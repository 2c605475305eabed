"""Step 3 of a message's way: the relay's side of the broker. Publishes persistent, mandatory messages, and knows which
are on their way until the broker has confirmed them."""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pika
from pika.adapters.select_connection import SelectConnection
from pika.exceptions import ChannelClosedByBroker, ChannelClosedByClient, ConnectionClosedByClient

from shared import metrics
from shared.logs import log
from shared.messaging.relay_reading import Row
from shared.messaging.topology import QUEUES_EXCHANGE, presence_queue
from shared.messaging.wire import headers_on_the_wire
from shared.parts import Part
from shared.settings import Settings

ACCESS_REFUSED = 403
MOST_IN_FLIGHT = 4000
MOST_BYTES = 32 * 1024 * 1024


_REFUSED = re.compile(r"access to (?:topic '(?P<key>[^']*)' in )?exchange '(?P<exchange>[^']*)'")


class Forbidden(NamedTuple):
    """What this account may not publish: an exchange, and a routing key where it may publish others there."""

    exchange: str
    routing_key: str


def forbidden_by(error: BaseException | None) -> Forbidden | None:
    """What the broker forbade, where that is why it closed the channel."""
    if not isinstance(error, ChannelClosedByBroker) or error.reply_code != ACCESS_REFUSED:
        return None
    found = _REFUSED.search(error.reply_text)
    return Forbidden(found["exchange"], found["key"] or "") if found else None


class InFlight(NamedTuple):
    """A message that the broker has not confirmed: its row, its id, and its size in bytes."""

    row: int
    message_id: str
    size: int


class Gathering(SelectConnection):
    """A connection that sends what is published together in one piece.

    pika sends every frame by a system call of its own, three a message, which took half of the relay's time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._gathered: list[bytes] | None = None
        super().__init__(*args, **kwargs)

    @contextmanager
    def together(self) -> Generator[None]:
        """Hold what is written in this block, and send it at its end."""
        gathered = self._gathered = list[bytes]()
        try:
            yield
        finally:
            self._gathered = None
            if gathered:
                self._adapter_emit_data(b"".join(gathered))

    def _adapter_emit_data(self, data: bytes) -> None:
        if self._gathered is None:
            super()._adapter_emit_data(data)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            self._gathered.append(data)


class Publisher:
    """A connection to the broker with one channel in confirm mode, in somebody's event loop.

    Calls `opened` when it may publish, `settled` when something was confirmed or there is room again, `broken` with
    what broke it.
    """

    def __init__(self, part: Part, settings: Settings, loop: Any) -> None:
        self.opened: Callable[[], None] = lambda: None
        self.settled: Callable[[], None] = lambda: None
        self.broken: Callable[[BaseException], None] = lambda _: None
        self.is_blocked = False
        self._part, self._loop = part, loop
        self._next_tag = 1
        self._in_flight: dict[int, InFlight] = {}
        self._bytes = 0
        self._returned: set[str] = set()
        self._confirmed: list[int] = []
        self._unroutable: list[int] = []
        self._channel: Any = None
        self._connection = Gathering(
            _parameters(settings, part),
            on_open_callback=lambda c: c.channel(on_open_callback=self._channel_opened),
            on_open_error_callback=lambda _, error: self._closed(error),
            on_close_callback=lambda _, error: self._closed(error),
            custom_ioloop=loop,
        )

    @property
    def has_room(self) -> bool:
        """Whether more may be published now."""
        return not self.is_blocked and len(self._in_flight) < MOST_IN_FLIGHT and self._bytes < MOST_BYTES

    @property
    def is_idle(self) -> bool:
        """Whether everything published is settled."""
        return not self._in_flight

    def known(self) -> list[int]:
        """The rows that are on their way, or settled and not yet taken note of."""
        return [*(f.row for f in self._in_flight.values()), *self._confirmed, *self._unroutable]

    def publish(self, rows: Sequence[Row], sent_us: int) -> None:
        """Send rows' messages; `sent_us` is the time of it, in microseconds."""
        if not rows:
            return
        with self._connection.together():
            for row in rows:
                self._publish(row, sent_us)

    def confirmed(self) -> list[int]:
        """Take note of the rows that the broker has."""
        rows, self._confirmed = self._confirmed, []
        return rows

    def unroutable(self) -> list[int]:
        """Take note of the rows that no queue takes."""
        rows, self._unroutable = self._unroutable, []
        return rows

    def close(self) -> bool:
        """Begin to close the connection. Returns whether it was open."""
        was_open = self._connection.is_open
        if was_open:
            self._connection.close()
        return was_open

    def _publish(self, row: Row, sent_us: int) -> None:
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=row.message_id,
            headers=headers_on_the_wire(row.headers, sent_us),
        )
        self._in_flight[self._next_tag] = InFlight(row.id, row.message_id, len(row.body))
        self._bytes += len(row.body)
        self._next_tag += 1
        # A row without an exchange is for one queue, which the default exchange would lead to as well: but whoever
        # may publish there reaches every queue.
        exchange = row.exchange or QUEUES_EXCHANGE
        self._channel.basic_publish(exchange, row.routing_key, row.body, properties, mandatory=True)

    def _channel_opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_return_callback(self._came_back)
        channel.add_on_close_callback(lambda _, error: self._closed(error))
        self._connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        self._connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))
        channel.basic_consume(presence_queue(self._part), lambda *_: None, auto_ack=True)
        channel.confirm_delivery(self._settle, callback=lambda _: self.opened())
        metrics.broker_connections.labels("relay").inc()
        metrics.broker_blocked.labels(self._part).set(0)

    def _closed(self, error: Any) -> None:
        if isinstance(error, ConnectionClosedByClient | ChannelClosedByClient):
            self._loop.stop()
        else:
            self.broken(error if isinstance(error, BaseException) else OSError("connection closed"))

    def _block(self, is_blocked: bool) -> None:
        self.is_blocked = is_blocked
        metrics.broker_blocked.labels(self._part).set(is_blocked)
        log.warning("broker_blocks", part=self._part, blocked=is_blocked)
        self.settled()

    def _came_back(self, _: Any, method: Any, properties: Any, __: bytes) -> None:
        """No queue takes it; the broker says so before it confirms it."""
        log.error("unroutable", part=self._part, code=method.reply_code)
        self._returned.add(properties.message_id)

    def _settle(self, frame: Any) -> None:
        """The broker has some, or refuses them: those stay in the outbox and are found again by looking back."""
        method = frame.method
        is_ack = method.NAME == "Basic.Ack"
        for tag in self._tags_up_to(method.delivery_tag) if method.multiple else [method.delivery_tag]:
            settled = self._in_flight.pop(tag)
            self._bytes -= settled.size
            if settled.message_id in self._returned:
                self._returned.discard(settled.message_id)
                self._unroutable.append(settled.row)
            elif is_ack:
                self._confirmed.append(settled.row)
        self.settled()

    def _tags_up_to(self, last: int) -> list[int]:
        tags: list[int] = []
        for tag in self._in_flight:  # in order of publishing
            if tag > last:
                break
            tags.append(tag)
        return tags


def _parameters(settings: Settings, part: Part) -> pika.URLParameters:
    parameters = pika.URLParameters(settings.amqp_url_of(part))
    parameters.heartbeat = settings.heartbeat_s
    parameters.blocked_connection_timeout = None
    return parameters
