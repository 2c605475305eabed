"""Status callbacks of the carrier: taken once each, and told to the gateway, which knows their order."""

import re
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.database import Database
from portal.phone.signatures import signed_form
from portal.phone.signed_parameters import OF_STATUSES
from portal.together import Together
from shared.database import utc_now
from shared.messages.gateway import RecordDelivery
from shared.messaging.outbox import outbox_row, write_after, write_parameters

TAKE = write_after("""
INSERT INTO delivery_seen (carrier_id, status) SELECT * FROM unnest(%(carrier_ids)b::text[], %(statuses)b::text[])
ON CONFLICT DO NOTHING RETURNING carrier_id || ' ' || status AS key
""")
MOST_TOGETHER = 100
STATUS = re.compile(r"[a-z_]{2,30}")
TAKEN = 204


class Deliveries:
    """Takes statuses and tells them, in one statement for all that arrived while the one before was under way.

    Most of what comes in at the webhooks is this, after a campaign many at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(self._write, most=MOST_TOGETHER)

    async def take(self, command: RecordDelivery) -> None:
        """Returns when the status is committed. Raises what the database does."""
        await self._together(command)

    async def _write(self, commands: list[RecordDelivery]) -> list[None]:
        await self._database.run(TAKE, _parameters(commands))
        return [None] * len(commands)


def _parameters(commands: list[RecordDelivery]) -> dict[str, object]:
    """Of each status once, and in order: two portals that take the same ones never wait in a circle."""
    once = {(c.carrier_id, c.status): c for c in commands}
    ordered = [once[key] for key in sorted(once)]
    at = utc_now()
    return {
        "carrier_ids": [c.carrier_id for c in ordered],
        "statuses": [c.status for c in ordered],
        "keys": [f"{c.carrier_id} {c.status}" for c in ordered],
        **write_parameters(outbox_row(c, at) for c in ordered),
    }


async def take_status(request: Request) -> Response:
    """The status of a text or a call changed at the carrier. What is none has no effect."""
    form = await signed_form(request, OF_STATUSES)
    carrier_id = form["MessageSid"] or form["CallSid"]
    # A call's `no-answer` is written like every other status.
    status = (form["MessageStatus"] or form["SmsStatus"] or form["CallStatus"]).replace("-", "_")
    if not carrier_id or not STATUS.fullmatch(status):
        return Response(status_code=TAKEN)
    command = RecordDelivery(
        carrier_id=carrier_id,
        text=_text(request),
        status=status,
        error_code=_error_code(form["ErrorCode"]),
        answered_by=form["AnsweredBy"] if STATUS.fullmatch(form["AnsweredBy"]) else None,
    )
    deliveries: Deliveries = request.app.state.deliveries
    await deliveries.take(command)
    return Response(status_code=TAKEN)


def _text(request: Request) -> UUID | None:
    """The text that a callback's address names. Raises HTTPException 403 for an address that we never gave out."""
    written = request.query_params.get("text", "")
    try:
        return UUID(written) if written else None
    except ValueError:
        raise HTTPException(403) from None


def _error_code(written: str) -> int | None:
    return int(written) if written else None
