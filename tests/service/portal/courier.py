"""Carries messages between the parts' databases without a broker: every outbox row to every handler that hears it.

The databases, the rules and the way of a delivery are the real ones; only the wire is short.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portal.projections.service import ProjectorService
from services.appointments.service import AppointmentsService
from services.reports.service import ReportsService
from shared.database import open_session
from shared.messages.gateway import Send
from shared.messages.model import CommandRefused
from shared.messages.subscriptions import PART_OF, Queue, heard_by, queues_of
from shared.messaging.bus import BusEntrypoint
from shared.messaging.deliveries import Handler, apply_batch
from shared.messaging.parking import RetryPlan
from shared.messaging.wire import Delivery
from shared.parts import Part

SERVICES = (ProjectorService, ReportsService, AppointmentsService)
PARTS = (Part.PORTAL, Part.REPORTS, Part.APPOINTMENTS)
TAKE = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT 100) RETURNING *"


class Courier:
    """Runs in a thread of its own until it is stopped.

    `texts` are those that left for the gateway; `refused` the kind of each command that was refused, and why.
    """

    def __init__(
        self,
        database: Callable[[Part], sa.Engine],
        services: tuple[type, ...] = SERVICES,
        parts: tuple[Part, ...] = PARTS,
    ) -> None:
        self.texts: list[Send] = []
        self.refused: list[tuple[str, str]] = []
        self.failed: list[str] = []
        self._engines = {part: database(part) for part in parts}
        self._routes = [(queue, handler) for service in services for queue, handler in handlers_of(service)]
        self._stopping = threading.Event()
        self._paused = threading.Event()
        self._idle_rounds = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self) -> None:
        """Carry no more."""
        self._stopping.set()
        self._thread.join()

    def pause(self) -> None:
        """As if the broker were down: what is asked stays in the outbox."""
        self._paused.set()

    def go_on(self) -> None:
        """The broker is back."""
        self._paused.clear()

    def settle(self) -> None:
        """Wait until everything that was sent, and what it gave rise to, has been carried."""
        begun = self._idle_rounds
        while self._idle_rounds < begun + 2:
            time.sleep(0.005)

    def _run(self) -> None:
        while not self._stopping.wait(0.01):
            if not self._paused.is_set() and not sum(self._carry(engine) for engine in self._engines.values()):
                self._idle_rounds += 1

    def _carry(self, engine: sa.Engine) -> int:
        with engine.begin() as db:
            rows = db.exec_driver_sql(TAKE).all()
        for row in sorted(rows, key=lambda r: r.id):
            self._deliver(row)
        return len(rows)

    def _deliver(self, row: Any) -> None:
        if row.routing_key in {"gateway.send", "gateway.send.urgent"}:
            self.texts.append(Send.model_validate_json(bytes(row.body)))
        if row.routing_key.endswith("_refused"):
            kind = row.routing_key.rpartition(".")[2].removesuffix("_refused")
            self.refused.append((kind, CommandRefused.model_validate_json(bytes(row.body)).reason))
        for queue, handler in self._routes:
            if (row.exchange, row.routing_key) in queue.bindings:
                delivery = Delivery(queue.name, bytes(row.body), row.headers, str(row.message_id))
                engine = self._engines[PART_OF[queue.consumer]]
                outcome = apply_batch(lambda engine=engine: open_session(engine), handler, [delivery], RetryPlan((5,)))
                if {"to_retry", "parked"} & set(outcome.counts):
                    self.failed.append(handler.name)


def handlers_of(service: type) -> Iterator[tuple[Queue, Handler]]:
    """A service's queues, each with the handler behind it."""
    found: dict[str, tuple[Callable[[Any, Session, Any], Any], bool]] = {}
    for method in vars(service).values():
        for entrypoint in getattr(method, "nameko_entrypoints", ()):
            if isinstance(entrypoint, BusEntrypoint):
                found[f"{service.name}.{entrypoint.handler_kind}"] = method, entrypoint.together
    instance = service()
    for queue in queues_of(service.name):
        method, together = found[queue.handler]
        models = {m.kind: m for m in heard_by(service.name)[queue.handler]}
        yield queue, Handler(queue.handler, models, lambda db, asked, m=method: m(instance, db, asked), together)
