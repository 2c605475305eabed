"""Whether every part consumes: asked of the broker itself, which knows who reads which queue."""

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from shared.messages.subscriptions import LISTENS, queues_of
from shared.messaging.topology import presence_queue
from shared.parts import Part
from shared.settings import Settings


def parts_state(settings: Settings) -> dict[str, bool]:
    """Each consumer and each part's relay → whether it is there. All False where the broker does not answer.

    Blocks for about a tenth of a second.
    """
    names = [*LISTENS, *map(presence_queue, Part)]
    try:
        connection = pika.BlockingConnection(_parameters(settings))
    except (AMQPError, OSError):
        return dict.fromkeys(names, False)
    try:
        consumers = {c: all(_is_read(connection, q.name) for q in queues_of(c)) for c in LISTENS}
        return consumers | {presence_queue(p): _is_read(connection, presence_queue(p)) for p in Part}
    except (AMQPError, OSError):
        return dict.fromkeys(names, False)
    finally:
        if connection.is_open:
            connection.close()


def _parameters(settings: Settings) -> pika.URLParameters:
    parameters = pika.URLParameters(settings.amqp_url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 2
    return parameters


def _is_read(connection: pika.BlockingConnection, queue: str) -> bool:
    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True)
        channel.close()
        return found.method.consumer_count > 0
    except ChannelClosedByBroker:
        return False
