"""The doors as those outside use them: tried again, under the same key, until they have taken what is asked."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from psycopg.types.json import Jsonb

from portal.outcomes import REMEMBER
from shared.database import utc_now
from shared.messages.model import Command, Event, Lane
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.parts import Part
from tests.chaos.asked import Asked, Family
from tests.chaos.ground import Ground

PATIENCE_S = 300
REMEMBER_ONCE = REMEMBER.replace("ON CONFLICT (request_id)", "ON CONFLICT")
CAN_COME_AGAIN = (psycopg.OperationalError, httpx.HTTPError, OSError)


class DoorStaysShut(Exception):
    """A door took nothing for so long that the run makes no sense."""


class Doors:
    """Every door of the system, for the threads that use them."""

    def __init__(self, ground: Ground, asked: Asked, api_key: str) -> None:
        self._ground, self.asked, self._api_key = ground, asked, api_key

    def tell(self, command: Command, *, settled_by: type[Event] | None = None, family: Family | None = None,
             lane: Lane | None = None) -> UUID:  # fmt: skip
        """A command in the portal's outbox, as a page writes it (portal.outcomes.ask): its refusal is told by text."""
        at = utc_now()
        row = outbox_row(command, at, lane=lane, message_id=uuid4())
        remembered = {
            "id": row.id,
            "request_id": None,
            "kind": command.kind,
            "settled_by": settled_by.kind if settled_by else None,
            "contact": family.contact if family else None,
            "tell_by": "text" if family else "page",
            "at": at,
            "values": Jsonb({}),
        }

        def write() -> bool:
            # Written before, and only the answer was lost: then there is nothing to do.
            with self._ground.database(Part.PORTAL) as db, db.transaction():
                if db.execute(REMEMBER_ONCE, remembered).fetchone():
                    db.execute(WRITE, write_parameters([row]))
            return True

        self._insist("portal's outbox", write)
        return row.id

    def report(self, key: str, report: dict[str, Any]) -> str:
        """A report through the API. Returns its reference."""
        headers = {"Authorization": f"Bearer {self._api_key}", "Idempotency-Key": key}

        def post() -> str | None:
            answer = httpx.post(f"{self._ground.portal_url}/api/v1/reports", json=report, headers=headers, timeout=15)
            if answer.status_code >= 500 or answer.status_code in (409, 429):
                return None
            answer.raise_for_status()
            return answer.json()["reference"]

        return self._insist("API", post)

    def text(self, phone: str, body: str) -> str:
        """A text from a phone, which its owner sends again while the webhook does not take it. Returns its id."""

        def send() -> str | None:
            answer = httpx.post(
                f"{self._ground.carrier_url}/simulator/phones/{phone}/texts", json={"body": body}, timeout=60
            )
            taken = answer.raise_for_status().json()
            return taken["sid"] if taken["webhook_status"] == 200 else None

        return self._insist("text webhook", send)

    def set_carrier(self, what: str, values: dict[str, Any]) -> bool:
        """Set the carrier's faults or behaviour; False where it cannot be told now, because it is down or frozen."""
        try:
            httpx.put(f"{self._ground.carrier_url}/simulator/{what}", json=values, timeout=2).raise_for_status()
        except CAN_COME_AGAIN:
            return False
        return True

    def _insist(self, door: str, attempt: Callable[[], Any]) -> Any:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            try:
                if taken := attempt():
                    return taken
            except CAN_COME_AGAIN as error:
                if isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500:
                    raise
            self.asked.knock_again(door)
            time.sleep(0.5)
        raise DoorStaysShut(f"{door}: nothing was taken for {PATIENCE_S} s")
