"""The broker without Sila: publishing and reading with pika alone, as fast as it goes. The limit, and a peer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import pika
from pika.adapters.select_connection import SelectConnection

CHUNK = 500
MOST_IN_FLIGHT = 4000


def persistent(message_id: str) -> pika.BasicProperties:
    """The least that a message which must not be lost needs."""
    return pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=message_id)


class Pipelined:
    """Publishes messages with confirms that are not waited for one by one; measures from the first to the last."""

    def __init__(self, amqp_url: str, exchange: str, routing_key: str, messages: Sequence[tuple[Any, bytes]]) -> None:
        self.exchange, self.routing_key = exchange, routing_key
        self.left, self.total = iter(messages), len(messages)
        self.sent = self.confirmed = 0
        self.started = self.ended = 0.0
        self.channel: Any = None
        self.connection = SelectConnection(
            pika.URLParameters(amqp_url),
            on_open_callback=lambda c: c.channel(on_open_callback=self._opened),
            on_close_callback=lambda *_: self.connection.ioloop.stop(),
        )

    def run(self) -> float:
        """The seconds that it took."""
        self.connection.ioloop.start()
        return self.ended - self.started

    def _opened(self, channel: Any) -> None:
        self.channel = channel
        channel.confirm_delivery(self._confirmed, callback=lambda _: self._start())

    def _start(self) -> None:
        self.started = time.perf_counter()
        self._publish()

    def _publish(self) -> None:
        for properties, body in self._chunk():
            self.channel.basic_publish(self.exchange, self.routing_key, body, properties, mandatory=True)
            self.sent += 1
        if self.sent < self.total and self.sent - self.confirmed < MOST_IN_FLIGHT:
            self.connection.ioloop.call_later(0, self._publish)

    def _chunk(self) -> Iterator[tuple[Any, bytes]]:
        for _ in range(CHUNK):
            with suppress(StopIteration):
                yield next(self.left)

    def _confirmed(self, frame: Any) -> None:
        was_full = self.sent - self.confirmed >= MOST_IN_FLIGHT
        self.confirmed = max(self.confirmed, frame.method.delivery_tag)
        if self.confirmed == self.total:
            self.ended = time.perf_counter()
            self.connection.close()
        elif was_full and self.sent - self.confirmed < MOST_IN_FLIGHT:
            self._publish()


def one_by_one(channel: Any, exchange: str, routing_key: str, messages: Sequence[tuple[Any, bytes]]) -> float:
    """Publish with a confirm waited for each. The seconds that it took."""
    channel.confirm_delivery()
    started = time.perf_counter()
    for properties, body in messages:
        channel.basic_publish(exchange, routing_key, body, properties, mandatory=True)
    return time.perf_counter() - started


def note_arrivals(amqp_url: str, queue: str, expected: int, arrivals: Connection) -> None:
    """Read a queue and tell, in the end, when each message arrived (`time.monotonic`), by message id."""
    arrived: dict[str, float] = {}
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=200)
        arrivals.send("reading")
        for method, properties, _ in channel.consume(queue, inactivity_timeout=20):
            if method is None or properties is None:
                break
            arrived[str(properties.message_id)] = time.monotonic()
            channel.basic_ack(method.delivery_tag or 0)
            if len(arrived) == expected:
                break
        channel.cancel()
    arrivals.send(arrived)
