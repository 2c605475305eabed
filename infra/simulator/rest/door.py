"""The door of the REST API: who may come in, and the faults that strike there."""

import asyncio
import base64
import contextlib
import hmac
import random
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.simulator.behaviour import Faults
from infra.simulator.options import Options
from infra.simulator.rest.errors import CarrierError, error_answer

Endpoint = Callable[[Request], Awaitable[Response]]
_SILENCE_S = 120.0


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose line an endpoint can cut."""

    def on_message_begin(self) -> None:
        """Hand the line on with the request."""
        super().on_message_begin()
        self.scope["transport"] = self.transport  # pyright: ignore[reportGeneralTypeIssues]


class Door:
    """Checks credentials and makes the faults that are asked for."""

    def __init__(self, options: Options) -> None:
        self.faults = Faults()
        self.refused = 0
        self._account = options.account_sid
        credentials = f"{options.account_sid}:{options.auth_token}".encode()
        self._expected = "Basic " + base64.b64encode(credentials).decode()
        self._rng = random.Random(options.seed)  # noqa: S311 - faults that repeat

    def guard(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint of the API behind this door."""

        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await self._with_faults(endpoint, request)
            except CarrierError as error:
                self.refused += 1
                return error_answer(error)

        return guarded

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), self._expected.encode()):
            raise CarrierError(20003)
        if request.path_params["account"] != self._account:
            raise CarrierError(20404, request.url.path)

    async def _with_faults(self, endpoint: Endpoint, request: Request) -> Response:
        faults = self.faults
        if faults.delay_ms:
            await asyncio.sleep(faults.delay_ms / 1000)
        if self._strikes(faults.no_answer):
            return await _say_nothing(request)
        if self._strikes(faults.error_429):
            raise CarrierError(20429)
        if self._strikes(faults.error_500):
            raise CarrierError(20500)
        response = await endpoint(request)
        if self._strikes(faults.accept_then_cut):
            return await _cut(request)
        if self._strikes(faults.accept_then_500):
            raise CarrierError(20500)
        return response

    def _strikes(self, probability: float) -> bool:
        return probability > 0 and self._rng.random() < probability


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form-encoded body or, for a GET, of the query; the last one counts."""
    source = (await request.body()).decode() if request.method == "POST" else request.url.query
    return dict(parse_qsl(source, keep_blank_values=True))


async def _say_nothing(request: Request) -> Response:
    async def until_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until_gone(), _SILENCE_S)
    return await _cut(request)


async def _cut(request: Request) -> Response:
    request.scope["transport"].abort()
    await asyncio.sleep(0.01)
    return JSONResponse({})
