"""Every handler is told of something that its part does not have (deleted, restored from an earlier day, never there):
the message is carried out, refused, or kept for a person; it is never lost, and tried a bounded number of times."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.projections.service import ProjectorService
from services.appointments.service import AppointmentsService
from services.gateway.service import GatewayService
from services.matching.service import MatchingService
from services.outreach.service import OutreachService
from services.reports.service import ReportsService
from shared.database import open_session, utc_now
from shared.messages.model import Message
from shared.messages.subscriptions import PART_OF, Queue
from shared.messaging.deliveries import Handler, apply_batch
from shared.messaging.outbox import outbox_row
from shared.messaging.parking import RetryPlan
from shared.messaging.wire import Delivery
from shared.parts import Part
from tests.service.portal.courier import handlers_of
from tests.unit.shared.examples import example_of

SERVICES = (
    ReportsService, MatchingService, AppointmentsService, OutreachService, GatewayService, ProjectorService,
)  # fmt: skip
ENDS = {"applied", "refused", "parked"}
PLAN = RetryPlan((1,))
KEPT = "SELECT tries, state FROM failed_message WHERE message_id = '{}'"


def an_example(queue: Queue, model: type[Message]) -> Delivery:
    row = outbox_row(model.model_validate(example_of(model)), utc_now(), lane=queue.lane, message_id=uuid4())
    return Delivery(queue.name, row.body, json.loads(row.headers), str(row.id))


def retried(engine: sa.Engine, delivery: Delivery) -> Delivery:
    with engine.connect() as db:
        found = sa.text("SELECT id FROM failed_message WHERE message_id = :message")
        row = db.execute(found, {"message": delivery.message_id}).scalar_one()
    return Delivery(delivery.queue, delivery.body, {**delivery.headers, "retry": row}, delivery.message_id)


def ends_as(engine: sa.Engine, handler: Handler, delivery: Delivery) -> str:
    """What a message comes to, its further tries made at once."""
    for turn in (delivery, *[None] * len(PLAN.delays_s)):
        counts = apply_batch(lambda: open_session(engine), handler, [turn or retried(engine, delivery)], PLAN).counts
        (end,) = counts
        if end != "to_retry":
            return end
    return "to_retry"


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_a_message_about_what_is_gone_comes_to_an_end(
    service: type, emptied_database: Callable[[Part], sa.Engine]
) -> None:
    engine = emptied_database(PART_OF[service.name])
    ends = {
        model.kind: ends_as(engine, handler, an_example(queue, model))
        for queue, handler in handlers_of(service)
        for model in queue.models
    }
    assert {kind: end for kind, end in ends.items() if end not in ENDS} == {}
