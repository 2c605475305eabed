"""`/Messages`: create, fetch, list, redact or cancel, delete."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulator.carrier import Carrier
from infra.simulator.rest.door import read_form
from infra.simulator.rest.errors import CarrierError
from infra.simulator.rest.paging import page_of, page_size, token_sid
from infra.simulator.rest.times import time_filter
from infra.simulator.texts.text import Text, to_wire


class Messages:
    """The endpoints of the `Message` resource."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._account = carrier.options.account_sid

    async def create(self, request: Request) -> Response:
        """Accept a text."""
        return JSONResponse(await self._carrier.send(await read_form(request)), 201)

    async def fetch(self, request: Request) -> Response:
        """Show one text."""
        return JSONResponse(to_wire(self._find(request), self._account))

    async def update(self, request: Request) -> Response:
        """Redact (`Body` empty) or cancel (`Status=canceled`) a text."""
        text = self._find(request)
        fields = await read_form(request)
        if fields.get("Status") == "canceled":
            await self._carrier.cancel(text)
        elif fields.get("Body") == "":
            await self._carrier.redact(text)
        else:
            raise CarrierError(20001, "Body")
        return JSONResponse(to_wire(text, self._account))

    async def delete(self, request: Request) -> Response:
        """Remove a text."""
        await self._carrier.delete(self._find(request))
        return Response(status_code=204)

    async def list(self, request: Request) -> Response:
        """A page of texts, newest first, by `To`, `From` and `DateSent`."""
        query = await read_form(request)
        to, sender = query.get("To", ""), query.get("From", "")
        sent = time_filter(query, "DateSent")

        def matches(text: Text) -> bool:
            return (not to or text.to == to) and (not sender or text.sender == sender) and sent(text.sent_at)

        found = self._carrier.shelf.newest_first(
            matches, phone=self._phone_in(to, sender), before=self._place(query), limit=page_size(query) + 1
        )
        resources = [to_wire(text, self._account) for text in found]
        return JSONResponse(page_of(request.url.path, query, "messages", resources))

    def _find(self, request: Request) -> Text:
        text = self._carrier.shelf.find(request.path_params["sid"])
        if text is None:
            raise CarrierError(20404, request.url.path)
        return text

    def _phone_in(self, *numbers: str) -> str | None:
        """The person's number among a filter's, which narrows the search."""
        people = (number.rpartition(":")[2] for number in numbers if number.rpartition(":")[2].startswith("+"))
        return next((number for number in people if number != self._carrier.options.number), None)

    def _place(self, query: dict[str, str]) -> int | None:
        sid = token_sid(query)
        if sid is None:
            return None
        place = self._carrier.shelf.place_of(sid)
        if place is None:
            raise CarrierError(20001, "PageToken")
        return place
