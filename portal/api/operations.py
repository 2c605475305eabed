"""One operation of the API: what it takes, what it answers, and the way of a call through it. Its routes and the
OpenAPI document are both made from this, so that they cannot disagree."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.api.bodies import read_bytes, validated, validated_json
from portal.api.calls import Call, admit
from portal.api.idempotency import Taken
from portal.api.problems import Refused

LARGEST_BODY_BYTES = 256 * 1024
NOT_KEPT = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the table of operations. `carry_out` gets the call and its body or parameters as a model."""

    method: str
    path: str
    name: str
    carry_out: Callable[[Call, Any], Awaitable[BaseModel]]
    answers: type[BaseModel]
    scope: str | None = None
    status: int = 200
    body: type[BaseModel] | None = None
    accepts: tuple[str, ...] = ()
    largest_bytes: int = LARGEST_BODY_BYTES
    parameters: type[BaseModel] | None = None
    more: str = ""
    """What its document says besides the summary."""
    names_something: bool = False
    """Whether the path names what may not be there."""

    @property
    def is_taken_once(self) -> bool:
        """Whether it takes something in, and so honours the Idempotency-Key."""
        return self.status == 202

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (self.carry_out.__doc__ or "").strip().partition("\n")[0]

    async def answer(self, request: Request) -> Response:
        """Answer a call."""
        try:
            call = await admit(request, self.scope)
            answer = await self.carry_out(call, await self._content(call))
        except Refused as refused:
            return refused.answer()
        return self._response(answer)

    async def _content(self, call: Call) -> BaseModel | None:
        if self.accepts:
            call.body = await read_bytes(call.request, self.accepts, self.largest_bytes)
        if self.body is not None:
            return validated_json(self.body, call.body)
        return validated(self.parameters, dict(call.request.query_params)) if self.parameters else None

    def _response(self, answer: BaseModel) -> Response:
        if not isinstance(answer, Taken):
            return JSONResponse(answer.model_dump(mode="json"), self.status, headers=NOT_KEPT)
        place = {"location": answer.location} if answer.location else {}
        return JSONResponse(answer.body, self.status, headers=NOT_KEPT | place)
