"""`/Calls`: create, fetch, list, update."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulator.carrier import Carrier
from infra.simulator.rest.door import read_form
from infra.simulator.rest.errors import CarrierError
from infra.simulator.rest.paging import page_of, page_size, token_sid
from infra.simulator.rest.times import time_filter
from infra.simulator.voice.call import Call, call_to_wire


class Calls:
    """The endpoints of the `Call` resource."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._account = carrier.options.account_sid

    async def create(self, request: Request) -> Response:
        """Ring a phone."""
        fields = await read_form(request)
        events = parse_qs((await request.body()).decode()).get("StatusCallbackEvent", [])
        named = [event for written in events for event in written.split()]
        call = await self._carrier.calls.dial(fields, named, self._carrier.behaviour)
        return JSONResponse(call_to_wire(call, self._account), 201)

    async def fetch(self, request: Request) -> Response:
        """Show one call."""
        return JSONResponse(call_to_wire(self._find(request), self._account))

    async def update(self, request: Request) -> Response:
        """End a call, or give it other TwiML."""
        call = await self._carrier.calls.update(self._find(request), await read_form(request))
        return JSONResponse(call_to_wire(call, self._account))

    async def list(self, request: Request) -> Response:
        """A page of calls, newest first, by `To`, `From`, `Status` and `StartTime`."""
        query = await read_form(request)
        started = time_filter(query, "StartTime")
        found = [
            call
            for call in reversed(self._carrier.calls.all())
            if _has(query, call) and started(call.started_at or call.created_at)
        ]
        after = token_sid(query)
        begin = next((n for n, call in enumerate(found, 1) if call.sid == after), 0)
        wires = [call_to_wire(call, self._account) for call in found[begin : begin + page_size(query) + 1]]
        return JSONResponse(page_of(request.url.path, query, "calls", wires))

    def _find(self, request: Request) -> Call:
        call = self._carrier.calls.find(request.path_params["sid"])
        if call is None:
            raise CarrierError(20404, request.url.path)
        return call


def _has(query: dict[str, str], call: Call) -> bool:
    asked = (("To", call.to), ("From", call.sender), ("Status", call.status))
    return all(query.get(name, value) == value for name, value in asked)
