"""Whether every part consumes, and what waits in its queues: asked of the broker itself, which knows who reads what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.messages.model import Lane
from shared.messages.subscriptions import LISTENS, Queue, all_queues
from shared.messaging.topology import presence_queue
from shared.parts import Part
from shared.settings import Settings

if TYPE_CHECKING:
    import pika


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue: how many messages wait in it for nobody's hand yet, and how many processes read it."""

    name: str
    handler: str
    consumer: str
    lane: Lane
    depth: int
    readers: int


@dataclass(frozen=True, slots=True)
class BrokerState:
    """The queues of every consumer, and the parts that have an active relay. Empty where the broker is away."""

    queues: Sequence[QueueState] = ()
    relayed: frozenset[Part] = frozenset()

    @property
    def parts(self) -> dict[str, bool]:
        """Each consumer and each part's relay → whether it is there."""
        read = {consumer: all(q.readers for q in self.queues if q.consumer == consumer) for consumer in LISTENS}
        consumers = {consumer: bool(self.queues) and is_read for consumer, is_read in read.items()}
        return consumers | {presence_queue(part): part in self.relayed for part in Part}


def broker_state(settings: Settings) -> BrokerState:
    """What the broker says of every queue. Blocks for about a tenth of a second."""
    import pika
    from pika.exceptions import AMQPError

    try:
        connection = pika.BlockingConnection(_parameters(settings))
    except (AMQPError, OSError):
        return BrokerState()
    try:
        queues = [_state_of(connection, queue) for queue in all_queues()]
        relayed = frozenset(part for part in Part if _look(connection, presence_queue(part))[1] > 0)
        return BrokerState(queues, relayed)
    except (AMQPError, OSError):
        return BrokerState()
    finally:
        if connection.is_open:
            connection.close()


def _parameters(settings: Settings) -> pika.URLParameters:
    import pika

    parameters = pika.URLParameters(settings.amqp_url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 2
    return parameters


def _state_of(connection: pika.BlockingConnection, queue: Queue) -> QueueState:
    depth, readers = _look(connection, queue.name)
    return QueueState(queue.name, queue.handler, queue.consumer, queue.lane, depth, readers)


def _look(connection: pika.BlockingConnection, queue: str) -> tuple[int, int]:
    """A queue's depth and readers; nothing of either where there is no such queue."""
    from pika.exceptions import ChannelClosedByBroker

    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True).method
        channel.close()
        return found.message_count, found.consumer_count
    except ChannelClosedByBroker:
        return 0, 0
