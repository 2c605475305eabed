"""The control API: what tests and tools ask of the phones' side. JSON, on this machine only."""

import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.simulator.behaviour import Behaviour, Faults
from infra.simulator.carrier import Carrier
from infra.simulator.numbers import to_e164
from infra.simulator.phones import Phone
from infra.simulator.texts.text import Text, to_wire

Model = TypeVar("Model", bound=BaseModel)


class _Writing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    body: str = Field(max_length=1600)


class Control:
    """Phones, texts, faults and behaviour as JSON."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[Route]:
        """Everything under `/simulator`."""
        return [
            Route("/simulator/phones", self.phones, methods=["GET"]),
            Route("/simulator/phones", self.forget, methods=["DELETE"]),
            Route("/simulator/phones/{phone}", self.phone, methods=["GET"]),
            Route("/simulator/phones/{phone}", self.set_phone, methods=["PUT"]),
            Route("/simulator/phones/{phone}/texts", self.write, methods=["POST"]),
            Route("/simulator/messages", self.messages, methods=["GET"]),
            Route("/simulator/messages.jsonl", self.export, methods=["GET"]),
            Route("/simulator/faults", self.faults, methods=["GET", "PUT"]),
            Route("/simulator/behaviour", self.behaviour, methods=["GET", "PUT"]),
        ]

    async def phones(self, request: Request) -> Response:
        """Every phone with how many texts it has, the latest active first."""
        phones = self._carrier.shelf.latest_first()
        return JSONResponse([{"phone": p, "texts": len(texts), "last_at": texts[-1].created_at} for p, texts in phones])

    async def forget(self, request: Request) -> Response:
        """Empty every phone."""
        await self._carrier.forget()
        return Response(status_code=204)

    async def phone(self, request: Request) -> Response:
        """One phone's texts in order."""
        number = phone_number(request)
        texts = [_text_view(text) for text in self._carrier.shelf.of_phone(number)]
        return JSONResponse({"phone": number, **self._carrier.phones.get(number).model_dump(), "texts": texts})

    async def set_phone(self, request: Request) -> Response:
        """Switch a phone off or on, or set its opt-out."""
        phone = await _read(request, Phone)
        await self._carrier.set_phone(phone_number(request), phone)
        return JSONResponse(phone.model_dump())

    async def write(self, request: Request) -> Response:
        """A text from this phone; the answer says how the service's webhook took it."""
        writing = await _read(request, _Writing)
        text, outcome = await self._carrier.receive(phone_number(request), writing.body)
        view = {"sid": text.sid, "webhook_status": outcome.status, "replies": outcome.replies}
        return JSONResponse(view, 201)

    async def messages(self, request: Request) -> Response:
        """Counts, for reconciliation."""
        texts = self._carrier.shelf.all()
        inbound = sum(text.is_inbound for text in texts)
        callbacks = self._carrier.callbacks
        return JSONResponse(
            {
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
        )

    async def export(self, request: Request) -> Response:
        """Every text as a line of JSON, in the order of acceptance."""

        async def lines() -> AsyncIterator[bytes]:
            for text in list(self._carrier.shelf.all()):
                resource = to_wire(text, self._carrier.options.account_sid)
                extra = {"number": text.number, "callback": text.callback, "deleted": text.deleted}
                yield json.dumps(resource | extra, ensure_ascii=False).encode() + b"\n"

        return StreamingResponse(lines(), media_type="application/jsonl")

    async def faults(self, request: Request) -> Response:
        """Show or set the faults at the REST API."""
        if request.method == "PUT":
            await self._carrier.set_faults(await _read(request, Faults))
        return JSONResponse(self._carrier.door.faults.model_dump())

    async def behaviour(self, request: Request) -> Response:
        """Show or set how texts are carried; what is not named keeps its default."""
        if request.method == "PUT":
            await self._carrier.set_behaviour(await _read(request, Behaviour))
        return JSONResponse(self._carrier.behaviour.model_dump())


def phone_number(request: Request) -> str:
    """The phone in the path, with or without `+`. Raises HTTPException 404 if there can be none such."""
    number = to_e164(request.path_params["phone"])
    if number is None:
        raise HTTPException(404, "not a phone number")
    return number


async def _read(request: Request, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, error.json(include_url=False, include_input=False)) from None


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
