"""What P6 stands beside: `python -m tests.bench.nameko_handlers bare|by_hand`, nameko's own consumer on the same queue.

`bare` only acknowledges. `by_hand` carries the message out with a SQLModel transaction of its own: inbox, a row, an
outbox row.
"""

import os

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402
from uuid import UUID, uuid4  # noqa: E402

import sqlalchemy as sa  # noqa: E402
from kombu import Queue  # noqa: E402
from nameko.messaging import consume  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from sqlmodel import Session  # noqa: E402

from shared.database import engine_of  # noqa: E402
from shared.settings import settings  # noqa: E402
from tests.bench.ground import NOTES, QUEUE  # noqa: E402
from tests.probe.messages import NoteRow  # noqa: E402

notes = Queue(QUEUE, durable=True, no_declare=True, queue_arguments={"x-queue-type": "quorum"})
engine = engine_of(NOTES, settings())
TAKE = sa.text("INSERT INTO inbox (handler, message_id) VALUES ('by_hand', :id) ON CONFLICT DO NOTHING RETURNING 1")
TELL = sa.text(
    "INSERT INTO outbox (message_id, exchange, routing_key, headers, body)"
    " VALUES (:id, 'probe.events', 'noted', CAST(:headers AS jsonb), :body)"
)


class BareService:
    """Acknowledges."""

    name = "bare"

    @consume(notes)
    def on_note(self, body: dict[str, Any]) -> None:
        """Nothing."""


class ByHandService:
    """A transaction a message."""

    name = "by_hand"

    @consume(notes)
    def on_note(self, body: dict[str, Any]) -> None:
        """Take it over, write it down, tell it."""
        with Session(engine) as db:
            if not db.execute(TAKE, {"id": UUID(body["note"])}).first():  # pyright: ignore[reportDeprecated]
                return
            db.add(NoteRow(id=UUID(body["note"]), text=body["text"]))
            told = {"id": uuid4(), "headers": json.dumps({"kind": "noted"}), "body": json.dumps(body).encode()}
            db.execute(TELL, told)  # pyright: ignore[reportDeprecated]
            db.commit()


if __name__ == "__main__":
    runner = ServiceRunner(config={"AMQP_URI": settings().amqp_url, "max_workers": 10, "serializer": "json"})
    runner.add_service(BareService if sys.argv[1] == "bare" else ByHandService)
    runner.start()
    runner.wait()
