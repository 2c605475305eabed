"""Whether every part consumes: asked of the broker itself, which knows who reads which queue."""

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from shared.messages.subscriptions import LISTENS, queues_of
from shared.parts import Part
from shared.settings import Settings


def parts_state(settings: Settings) -> dict[str, bool]:
    """Each consumer and each part's relay → whether it is there. All False where the broker does not answer.

    Blocks for about a tenth of a second.
    """
    names = [*LISTENS, *(f"relay.{p}" for p in Part)]
    try:
        connection = pika.BlockingConnection(_parameters(settings))
    except (AMQPError, OSError):
        return dict.fromkeys(names, False)
    try:
        consumers = {c: all(_is_read(connection, q.name) for q in queues_of(c)) for c in LISTENS}
        return consumers | {f"relay.{p}": _is_there(connection, f"relay.{p}") for p in Part}
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


def _is_there(connection: pika.BlockingConnection, queue: str) -> bool:
    """An exclusive queue of somebody else's connection answers that it is locked (405)."""
    channel = connection.channel()
    try:
        channel.queue_declare(queue, passive=True)
        channel.close()
    except ChannelClosedByBroker as error:
        return error.reply_code == 405
    return True
