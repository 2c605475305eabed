"""Exchanges, queues and bindings, declared from the message models by `sila migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.messages.model import COMMANDS_EXCHANGE
from shared.messages.subscriptions import Queue, all_queues
from shared.parts import Part

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel


QUEUES_EXCHANGE = "queues"
"""Leads to one queue by its name: further tries, and what is published again for one reader. The broker's default
exchange does the same, but whoever may publish there reaches every queue."""
READS_EXCHANGE = "amq.topic"
"""Staff reads, requests and answers. The broker's own, so that no part needs the right to declare it."""


def reads_queue(service: str) -> str:
    """The queue of the requests to a service; nameko names and declares it."""
    return f"rpc-{service}"


def reads_binding(service: str) -> str:
    """By which nameko binds that queue."""
    return f"{service}.*"


def queue_arguments() -> dict[str, object]:
    """A quorum queue without a delivery limit of its own: retries are counted in the database (design §2)."""
    return {"x-queue-type": "quorum"}


def presence_queue(part: Part) -> str:
    """The queue that a part's active relay reads, so that the broker can tell whether there is one. Nothing is sent."""
    return f"relay.{part}"


def declare(amqp_url: str) -> int:
    """Declare everything; what is there already stays as it is. Returns the number of queues."""
    import pika

    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        channel = connection.channel()
        channel.exchange_declare(COMMANDS_EXCHANGE, exchange_type="topic", durable=True)
        channel.exchange_declare(QUEUES_EXCHANGE, exchange_type="topic", durable=True)
        queues = all_queues()
        for exchange in sorted({exchange for q in queues for exchange, _ in q.bindings} - {COMMANDS_EXCHANGE}):
            channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        for queue in queues:
            declare_queue(channel, queue)
        for part in Part:
            channel.queue_declare(presence_queue(part), durable=True)
        return len(queues)
    finally:
        connection.close()


def declare_queue(channel: BlockingChannel, queue: Queue) -> None:
    """Declare one queue and its bindings."""
    channel.queue_declare(queue.name, durable=True, arguments=queue_arguments())
    channel.queue_bind(queue.name, QUEUES_EXCHANGE, queue.name)
    for exchange, routing_key in queue.bindings:
        channel.queue_bind(queue.name, exchange, routing_key)
