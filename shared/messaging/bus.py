"""Connects what a batch of deliveries means (deliveries.py) to nameko's container and to the broker: entrypoints for
commands, events and refusals, each queue on a channel of its own, many messages a transaction. With it the container
serves the figures that a service's database knows."""

import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import amqp
import sqlalchemy as sa
from amqp.exceptions import AMQPError
from kombu.utils.url import parse_url
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension
from sqlmodel import Session

from shared import metrics
from shared.database import engine_of, open_session, utc_now
from shared.figures import Figure, Figures
from shared.logs import log
from shared.messages.model import Command, CommandRefused, Event, Message
from shared.messages.subscriptions import PART_OF, REFUSED, Queue, heard_by, queues_of
from shared.messaging.deliveries import DatabaseAway, Handler, Outcome, apply_batch
from shared.messaging.parking import RetryPlan
from shared.messaging.wire import SENT_US, Delivery, headers_off_the_wire
from shared.parts import Part
from shared.settings import settings

_READ_AHEAD = 8192

Method = Callable[[Any, Session, Any], Any]


class ServedFigures(DependencyProvider):
    """Adds the figures that a part's database knows to this process's metrics."""

    def __init__(self, part: Part, figures: Sequence[Figure]) -> None:
        self._part, self._wanted = part, figures

    def start(self) -> None:
        """Serve them from now on."""
        self._figures = Figures(engine_of(self._part, settings(), connections=1), self._wanted)
        self._figures.serve()

    def stop(self) -> None:
        """Serve them no longer."""
        self._figures.withdraw()


class BusEntrypoint(Entrypoint):
    """A method that handles one kind of message, or all refusals."""

    bus: "Bus"

    def __init__(
        self,
        handler_kind: str,
        models: tuple[type[Message], ...],
        *,
        together: bool = False,
        most: int | None = None,
        **kwargs: Any,
    ):
        self.handler_kind, self.models, self.together, self.most = handler_kind, models, together, most
        super().__init__(**kwargs)

    def setup(self) -> None:
        """Tell the bus of this method."""
        self.bus.register(self)


class Bus(SharedExtension):
    """The service's one connection to the broker for its commands and events."""

    container: Any

    def __init__(self) -> None:
        self.entrypoints: dict[str, BusEntrypoint] = {}
        self.consumer: Consumer | None = None
        super().__init__()

    def register(self, entrypoint: BusEntrypoint) -> None:
        """Take a method on, once."""
        name = f"{self.container.service_name}.{entrypoint.handler_kind}"
        if name in self.entrypoints:
            raise TypeError(f"two handlers for {name}")
        self.entrypoints[name] = entrypoint

    def start(self) -> None:
        """Check that the entrypoints are those the topology promises, and start to consume."""
        service = self.container.service_name
        promised = set(heard_by(service))
        if promised != set(self.entrypoints):
            raise TypeError(
                f"{service}: handlers and subscriptions differ in {sorted(promised ^ set(self.entrypoints))}"
            )
        engine = engine_of(PART_OF[service], settings())
        instance = self.container.service_cls()
        handlers = {name: self._handler(instance, name, e) for name, e in self.entrypoints.items()}
        self.consumer = Consumer(service, handlers, engine)
        self.consumer.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Stop consuming, finish what is in hand."""
        if self.consumer is not None:
            self.consumer.stop()

    def _handler(self, instance: Any, name: str, entrypoint: BusEntrypoint) -> Handler:
        method: Method = getattr(type(instance), str(entrypoint.method_name))
        models = {m.kind: m for m in heard_by(self.container.service_name)[name]}
        return Handler(
            name, models, lambda db, message: method(instance, db, message), entrypoint.together, entrypoint.most
        )


BusEntrypoint.bus = Bus()


def _decorator(
    kind: str, *models: type[Message], together: bool = False, most: int | None = None
) -> Callable[[Method], Method]:
    return BusEntrypoint.decorator(kind, models, together=together, most=most)  # pyright: ignore[reportReturnType]


def command(model: type[Command], *, together: bool = False, most: int | None = None) -> Callable[[Method], Method]:
    """Handle a command: `def on_…(self, db, message)`.

    `together`: `def on_…(self, db, messages)` carries out all that arrived, and answers each with None or a refusal.
    `most` bounds a transaction of what somebody waits for, below the setting for all.
    """
    return _decorator(model.kind, model, together=together, most=most)


def event(model: type[Event], *, together: bool = False) -> Callable[[Method], Method]:
    """Handle an event; `together` as for `command`."""
    return _decorator(model.kind, model, together=together)


def refusals(method: Method) -> Method:
    """Handle every refusal that this consumer listens to."""
    return _decorator(REFUSED, CommandRefused)(method)


class LaneInbox:
    """A queue's deliveries that have arrived and are not yet in hand."""

    def __init__(self, queue: Queue, handler: Handler, batch_size: int) -> None:
        self.queue, self.handler = queue, handler
        self.most = min(batch_size, handler.most or batch_size)
        self.arrived: deque[tuple[int, Delivery]] = deque()
        self.ready = threading.Event()
        self.channel: Any = None

    def put(self, tag: int, delivery: Delivery) -> None:
        """Take a delivery from the wire."""
        self.arrived.append((tag, delivery))
        self.ready.set()

    def take(self) -> list[tuple[int, Delivery]]:
        """What has arrived, up to the handler's limit; waits for nobody but the first."""
        self.ready.wait()
        batch = [self.arrived.popleft() for _ in range(min(self.most, len(self.arrived)))]
        if not self.arrived:
            self.ready.clear()
        return batch


class Consumer:
    """Reads a service's queues and carries their messages out, over one connection that is replaced when it breaks."""

    BACK_OFF_S: ClassVar[tuple[float, ...]] = (0.2, 0.5, 1, 2, 5)

    def __init__(self, service: str, handlers: dict[str, Handler], engine: sa.Engine) -> None:
        self.service, self.engine, self.settings = service, engine, settings()
        self.lanes = [LaneInbox(q, handlers[q.handler], self.settings.batch_size) for q in queues_of(service)]
        self.plan = RetryPlan(self.settings.retry_delays_s)
        self.connection: Any = None
        self.is_consuming = metrics.consuming.labels(service)
        metrics.database_away.labels(service)  # a counter that appears with its first fault shows no increase
        self.writing = threading.Lock()
        self.stopping = False
        self.in_hand = 0
        self.idle = threading.Event()
        self.idle.set()

    def start(self, spawn: Callable[..., object]) -> None:
        """Start reading, and a worker for each queue."""
        spawn(self._read, identifier="bus.read")
        for lane in self.lanes:
            spawn(lambda lane=lane: self._work(lane), identifier=f"bus.{lane.queue.name}")

    def stop(self, limit_s: float = 15) -> None:
        """Take no more, and wait until what is in hand is committed and acknowledged."""
        self.stopping = True
        for lane in self.lanes:
            lane.ready.set()
        self.idle.wait(limit_s)
        # Only the reading thread may use the socket; it wakes, finds it shut, and ends.
        with suppress(AttributeError, OSError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)

    # The connection

    def _read(self) -> None:
        attempt = 0
        while not self.stopping:
            try:
                self._connect()
                attempt = 0
                self._drain()
            except (AMQPError, OSError) as error:
                if self.stopping:
                    return
                self.is_consuming.set(0)
                log.warning("broker_lost", error=type(error).__name__)
                self._close()
                time.sleep(self.BACK_OFF_S[min(attempt, len(self.BACK_OFF_S) - 1)] * random.uniform(0.8, 1.2))  # noqa: S311
                attempt += 1

    def _connect(self) -> None:
        connection = amqp.Connection(**_address(self.settings.amqp_url), heartbeat=self.settings.heartbeat_s)
        connection.connect()
        _read_ahead(connection.transport)
        metrics.broker_connections.labels(self.service).inc()
        for lane in self.lanes:
            lane.arrived.clear()
            lane.ready.clear()
            lane.channel = connection.channel()
            lane.channel.basic_qos(0, max(self.settings.prefetch, self.settings.batch_size), False)
            lane.channel.basic_consume(lane.queue.name, callback=_receiver(lane))
        self.connection = connection
        self.is_consuming.set(1)
        log.info("consuming", queues=len(self.lanes))

    def _drain(self) -> None:
        """Read until the connection breaks; a silent one is known by its missing heartbeats (kombu #670)."""
        wait_s = max(self.settings.heartbeat_s / 4, 0.5)
        next_tick = time.monotonic() + wait_s
        while not self.stopping:
            with suppress(TimeoutError, socket.timeout):  # eventlet's time-out is the socket module's
                self.connection.drain_events(timeout=max(next_tick - time.monotonic(), 0.01))
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + wait_s
                with self.writing:
                    self.connection.heartbeat_tick(rate=2)

    def _close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        try:
            connection.collect()
        except (AMQPError, OSError, AttributeError):
            log.info("connection_gone")

    # The work

    def _work(self, lane: LaneInbox) -> None:
        while not self.stopping:
            batch = lane.take()
            if not batch or self.stopping:
                continue
            channel = lane.channel
            self._hold(1)
            try:
                self._carry_out(lane, [delivery for _, delivery in batch])
                self._acknowledge(lane, channel, batch[-1][0])
            finally:
                self._hold(-1)

    def _hold(self, change: int) -> None:
        self.in_hand += change
        self.idle.clear() if self.in_hand else self.idle.set()

    def _carry_out(self, lane: LaneInbox, deliveries: Sequence[Delivery]) -> None:
        attempt = 0
        while True:
            started = time.perf_counter()
            try:
                outcome = apply_batch(lambda: open_session(self.engine), lane.handler, deliveries, self.plan)
            except DatabaseAway:
                metrics.database_away.labels(self.service).inc()
                log.warning("database_away", handler=lane.handler.name)
                time.sleep(self.BACK_OFF_S[min(attempt, len(self.BACK_OFF_S) - 1)])
                attempt += 1
                if self.stopping:
                    raise
                continue
            self._measure(lane, deliveries, outcome, time.perf_counter() - started)
            return

    def _acknowledge(self, lane: LaneInbox, channel: Any, tag: int) -> None:
        if channel is not lane.channel or not channel.is_open:
            return  # a new connection: these come again, and the inbox knows them
        try:
            with self.writing:
                channel.basic_ack(tag, multiple=True)
        except (AMQPError, OSError):
            log.info("acknowledgement_lost", handler=lane.handler.name)

    def _measure(self, lane: LaneInbox, deliveries: Sequence[Delivery], outcome: Outcome, seconds: float) -> None:
        message = lane.handler.name.partition(".")[2]
        metrics.retries.labels(self.service, message).inc(sum(d.retry_of is not None for d in deliveries))
        for what, count in outcome.counts.items():
            metrics.messages_handled.labels(self.service, message, what).inc(count)
        if "to_retry" in outcome.counts or "parked" in outcome.counts:
            log.warning("message_failed", handler=lane.handler.name, **outcome.counts)
        metrics.batch_seconds.labels(self.service, message).observe(seconds)
        age = metrics.message_age.labels(self.service, message)
        now = utc_now().timestamp()
        for delivery in deliveries:
            sent_us = delivery.headers.get(SENT_US)
            if isinstance(sent_us, int):
                age.observe(max(now - sent_us / 1e6, 0))


def _receiver(lane: LaneInbox) -> Callable[[Any], None]:
    def receive(message: Any) -> None:
        properties = message.properties
        body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
        headers = headers_off_the_wire(properties.get("application_headers") or {})
        lane.put(message.delivery_tag, Delivery(lane.queue.name, body, headers, properties.get("message_id")))

    return receive


def _read_ahead(transport: Any) -> None:
    """Let a transport read as much as has come; py-amqp asks the system twice for every frame, six times a message.

    Bounded, since what is left over is copied for each frame.
    """
    receive = transport._quick_recv
    transport._quick_recv = lambda size: receive(max(size, _READ_AHEAD))


def _address(url: str) -> dict[str, Any]:
    parts = parse_url(url)
    return {
        "host": f"{parts['hostname']}:{parts['port'] or 5672}",
        "userid": parts["userid"] or "guest",
        "password": parts["password"] or "guest",
        "virtual_host": parts["virtual_host"] or "/",
        "connect_timeout": 10,
        "read_timeout": None,
        "write_timeout": 10,
        "ssl": parts["transport"] == "amqps",
    }
