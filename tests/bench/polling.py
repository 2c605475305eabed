"""The peer of P4: an outbox that is polled every 100 ms, as tutorials write it."""

import time

import pika
import psycopg

from shared.settings import settings
from tests.bench.ground import NOTES
from tests.bench.plain_pika import persistent

EVERY_S = 0.1
NAME = "bench-polling"
TAKE = "SELECT id, message_id, exchange, routing_key, body FROM outbox ORDER BY id LIMIT 1000"

if __name__ == "__main__":
    url = settings().database_of(NOTES).replace("postgresql+psycopg://", "postgresql://")
    with (
        pika.BlockingConnection(pika.URLParameters(settings().amqp_url)) as connection,
        psycopg.connect(url, application_name=NAME) as db,
    ):
        channel = connection.channel()
        while True:
            rows = db.execute(TAKE).fetchall()
            for _, message_id, exchange, routing_key, body in rows:
                channel.basic_publish(exchange, routing_key, body, persistent(str(message_id)))
            db.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([r[0] for r in rows],))
            db.commit()
            time.sleep(EVERY_S)
