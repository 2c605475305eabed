"""The peer of P2: Celery, a task for each text, the carrier's own client as it comes, and the text's state stored.

`celery -A tests.bench.celery_texts worker --pool prefork --concurrency 2`.
"""

import os
from functools import cache
from typing import Any

import psycopg
from celery import Celery
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from shared.settings import settings
from tests.bench.ground import NOTES

TABLE = "CREATE TABLE IF NOT EXISTS celery_text (id uuid PRIMARY KEY, state text NOT NULL, carrier_id text)"
STORE = "UPDATE celery_text SET state = 'sent', carrier_id = %s WHERE id = %s"
QUEUE = "celery-texts"

app = Celery("texts", broker=settings().amqp_url)
app.conf.update(
    task_ignore_result=True, task_default_queue=QUEUE, worker_hijack_root_logger=False, worker_prefetch_multiplier=16
)


class Here(TwilioHttpClient):
    """The client's own transport, pointed at this machine."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", os.environ["TWILIO_API_BASE_URL"]), *args, **kwargs
        )


@cache
def carrier() -> Any:
    """The carrier's client, one for each process."""
    own = settings()
    return Client(own.twilio_account_sid, own.twilio_auth_token.get_secret_value(), http_client=Here())


@cache
def database() -> psycopg.Connection[Any]:
    """A connection for each process."""
    return psycopg.connect(
        settings().database_of(NOTES).replace("postgresql+psycopg://", "postgresql://"), autocommit=True
    )


@app.task
def send(text: str, phone: str, body: str) -> None:
    """Hand one text over, and note it."""
    message = carrier().messages.create(
        to=phone, body=body, messaging_service_sid=settings().twilio_messaging_service_sid
    )
    database().execute(STORE, (message.sid, text))
