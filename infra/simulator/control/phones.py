"""`/simulator/phones`: what each phone received and sent, and texts from it."""

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulator.carrier import Carrier
from infra.simulator.control.calls import call_view
from infra.simulator.control.reading import Wish, phone_number, read_wish
from infra.simulator.phones import Phone
from infra.simulator.texts.text import Text


class _Writing(Wish):
    body: str = Field(max_length=1600)


class _Calling(Wish):
    missed: bool = False
    """Whether it is the number for missed calls that is called."""


class PhonesControl:
    """Phones as JSON."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[Route]:
        """The routes of this part of the control API."""
        return [
            Route("/simulator/phones", self.list, methods=["GET"]),
            Route("/simulator/phones", self.forget, methods=["DELETE"]),
            Route("/simulator/phones/{phone}", self.show, methods=["GET"]),
            Route("/simulator/phones/{phone}", self.set, methods=["PUT"]),
            Route("/simulator/phones/{phone}/texts", self.write, methods=["POST"]),
            Route("/simulator/phones/{phone}/calls", self.call, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """Every phone with how many texts it has, the latest active first."""
        shelf, phones = self._carrier.shelf, self._carrier.phones.latest_first()
        return JSONResponse(
            [{"phone": number, "texts": len(shelf.of_phone(number)), "last_at": at} for number, at in phones]
        )

    async def forget(self, request: Request) -> Response:
        """Empty every phone."""
        await self._carrier.forget()
        return Response(status_code=204)

    async def show(self, request: Request) -> Response:
        """One phone's texts and calls in order."""
        number = phone_number(request)
        texts = [_text_view(text) for text in self._carrier.shelf.of_phone(number)]
        calls = [call_view(call, self._carrier.calls) for call in self._carrier.calls.of_phone(number)]
        state = self._carrier.phones.get(number).model_dump()
        return JSONResponse({"phone": number, **state, "texts": texts, "calls": calls})

    async def set(self, request: Request) -> Response:
        """Switch a phone off or on, or set its opt-out."""
        phone = await read_wish(request, Phone)
        await self._carrier.set_phone(phone_number(request), phone)
        return JSONResponse(phone.model_dump())

    async def write(self, request: Request) -> Response:
        """A text from this phone; the answer says how the service's webhook took it."""
        writing = await read_wish(request, _Writing)
        text, outcome = await self._carrier.receive(phone_number(request), writing.body)
        view = {"sid": text.sid, "webhook_status": outcome.status, "replies": outcome.replies}
        return JSONResponse(view, 201)

    async def call(self, request: Request) -> Response:
        """This phone calls the service; answered when keys are asked for, or the call is over."""
        calling = await read_wish(request, _Calling)
        call = await self._carrier.calls.call_service(phone_number(request), is_missed=calling.missed)
        return JSONResponse(call_view(call, self._carrier.calls), 201)


def _text_view(text: Text) -> dict[str, Any]:
    return {
        "direction": "from_phone" if text.is_inbound else "to_phone",
        "body": text.body,
        "sid": text.sid,
        "at": text.created_at,
        "status": text.status,
        "segments": text.segments,
        "from": text.sender,
        "to": text.to,
    }
