"""A backlog for a consumer that is down: events in their owner's outbox, written by SQL, relayed as any other."""

import json
from datetime import timedelta
from uuid import uuid4

from shared.database import utc_now
from shared.messages.appointments import VisitBooked
from shared.messages.model import exchange_of
from shared.messaging.outbox import OutboxRow, outbox_row
from shared.parts import Part
from shared.references import new_reference
from tests.chaos.ground import Ground

HANDLER = "projector.visit_booked"
AT_ONCE = 50_000
"""Rows a statement writes: the relay works meanwhile, and no transaction lasts long."""
# Each row has an id of its own, and so has what it tells of: none may pass for another's repeat.
WRITE = """
INSERT INTO outbox (message_id, exchange, routing_key, headers, body)
SELECT message, %(exchange)s, %(routing_key)s,
    jsonb_set(jsonb_set(%(headers)s::jsonb, '{correlation}', to_jsonb(message)), '{key}', to_jsonb(visit)),
    convert_to(replace(%(body)s, %(visit)s, visit::text), 'UTF8')
FROM (SELECT gen_random_uuid() AS message, gen_random_uuid() AS visit FROM generate_series(1, %(count)s)) AS rows
"""
TAKEN = "SELECT count(*) FROM inbox WHERE handler = %s"
KEPT = "SELECT count(*) FROM visit"
PARKED = "SELECT count(*) FROM failed_message"


def write_backlog(ground: Ground, count: int) -> None:
    """Put so many events of visits into the outbox of `appointments`."""
    visit = uuid4()
    row = _an_event(visit)
    asked = {
        "exchange": exchange_of(VisitBooked),
        "routing_key": row.routing_key,
        "headers": row.headers,
        "body": row.body.decode(),
        "visit": str(visit),
    }
    for begun in range(0, count, AT_ONCE):
        with ground.database(Part.APPOINTMENTS) as db:
            db.execute(WRITE, {**asked, "count": min(AT_ONCE, count - begun)})
        ground.tend(0)


def _an_event(visit: object) -> OutboxRow:
    event = VisitBooked(
        visit=visit,  # pyright: ignore[reportArgumentType]
        version=1,
        reference=new_reference(),
        contact=uuid4(),
        session=uuid4(),
        site=uuid4(),
        starts_at=utc_now() + timedelta(days=7),
        places=2,
        state="booked",
    )
    row = outbox_row(event, utc_now())
    assert json.loads(row.headers)["key"] == str(visit)
    return row


def in_outbox(ground: Ground) -> int:
    """Events that wait for the relay."""
    return ground.rows(Part.APPOINTMENTS, "SELECT count(*) FROM outbox")[0][0]


def taken(ground: Ground) -> int:
    """Events that the projector has carried out."""
    return ground.rows(Part.PORTAL, TAKEN, HANDLER)[0][0]


def result(ground: Ground, count: int) -> dict[str, int]:
    """What became of the events: `lost`, `duplicated` and `parked` must be 0."""
    kept, parked = ground.rows(Part.PORTAL, KEPT)[0][0], ground.rows(Part.PORTAL, PARKED)[0][0]
    return {"lost": max(count - kept, 0), "duplicated": max(kept - count, 0), "parked": parked}
