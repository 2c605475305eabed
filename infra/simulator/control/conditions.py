"""`/simulator/faults`, `/simulator/behaviour` and `/simulator/messages`: what tests set and count."""

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.simulator.behaviour import Behaviour, Faults
from infra.simulator.carrier import Carrier
from infra.simulator.control.reading import read_wish
from infra.simulator.texts.text import to_wire


class ConditionsControl:
    """Faults, behaviour and counts as JSON."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[Route]:
        """The routes of this part of the control API."""
        return [
            Route("/simulator/messages", self.messages, methods=["GET"]),
            Route("/simulator/messages.jsonl", self.export, methods=["GET"]),
            Route("/simulator/faults", self.faults, methods=["GET", "PUT"]),
            Route("/simulator/behaviour", self.behaviour, methods=["GET", "PUT"]),
        ]

    async def messages(self, request: Request) -> Response:
        """Counts, for reconciliation."""
        texts, callbacks = self._carrier.shelf.all(), self._carrier.callbacks
        inbound = sum(text.is_inbound for text in texts)
        counts = {
            "to_phones": len(texts) - inbound,
            "from_phones": inbound,
            "by_status": dict(self._carrier.shelf.count_by_status()),
            "segments": sum(text.segments for text in texts if not text.is_inbound),
            "requests_refused": self._carrier.door.refused,
            "callbacks": {
                "taken": callbacks.taken,
                "given_up": callbacks.given_up,
                "waiting": callbacks.waiting,
            },
        }
        return JSONResponse(counts)

    async def export(self, request: Request) -> Response:
        """Every text as a line of JSON, in the order of acceptance."""
        account = self._carrier.options.account_sid

        async def lines() -> AsyncIterator[bytes]:
            for text in list(self._carrier.shelf.all()):
                extra = {"number": text.number, "callback": text.callback, "deleted": text.deleted}
                yield json.dumps(to_wire(text, account) | extra, ensure_ascii=False).encode() + b"\n"

        return StreamingResponse(lines(), media_type="application/jsonl")

    async def faults(self, request: Request) -> Response:
        """Show or set the faults at the REST API; what is not named does not happen."""
        if request.method == "PUT":
            await self._carrier.set_faults(await read_wish(request, Faults))
        return JSONResponse(self._carrier.door.faults.model_dump())

    async def behaviour(self, request: Request) -> Response:
        """Show or set how texts are carried; what is not named stays as it is."""
        if request.method == "PUT":
            wish = await read_wish(request, Behaviour)
            changed = {name: getattr(wish, name) for name in wish.model_fields_set}
            await self._carrier.set_behaviour(self._carrier.behaviour.model_copy(update=changed))
        return JSONResponse(self._carrier.behaviour.model_dump())
