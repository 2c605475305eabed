"""Status callbacks of the carrier: taken once each, and told to the gateway, which knows their order."""

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.database import Database
from portal.phone.signatures import signed_form
from shared.database import utc_now
from shared.messages.gateway import RecordDelivery
from shared.messaging.outbox import outbox_row, parameters_of, write_after

# Most of what comes in at the webhooks is this: taken and told in one statement, so in one round trip.
TAKE = write_after("""
INSERT INTO delivery_seen (carrier_id, status) VALUES (%(carrier_id)s, %(status)s)
ON CONFLICT DO NOTHING RETURNING carrier_id
""")
CARRIER_ID = re.compile(r"^(SM|MM|CA)[0-9a-f]{32}$")
STATUS = re.compile(r"^[a-z_]{2,30}$")
TAKEN = 204


async def take_status(request: Request) -> Response:
    """The status of a text or a call changed at the carrier. What is none has no effect."""
    form = await signed_form(request)
    carrier_id = form["MessageSid"] or form["CallSid"]
    # A call's `no-answer` is written like every other status.
    status = (form["MessageStatus"] or form["SmsStatus"] or form["CallStatus"]).replace("-", "_")
    if not CARRIER_ID.match(carrier_id) or not STATUS.match(status):
        return Response(status_code=TAKEN)
    database: Database = request.app.state.database
    command = RecordDelivery(
        carrier_id=carrier_id,
        text=_text(request),
        status=status,
        error_code=_error_code(form["ErrorCode"]),
        answered_by=form["AnsweredBy"] if STATUS.match(form["AnsweredBy"]) else None,
    )
    told = parameters_of(outbox_row(command, utc_now()))
    await database.run(TAKE, {"carrier_id": carrier_id, "status": status, **told})
    return Response(status_code=TAKEN)


def _text(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params.get("text", ""))
    except ValueError:
        return None


def _error_code(written: str) -> int | None:
    return int(written) if written.isdecimal() and len(written) < 9 else None
