"""The simulator's application: Twilio's API, the control API and the page, as one list of routes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulator.carrier import Carrier
from infra.simulator.control import Control
from infra.simulator.options import Options
from infra.simulator.rest.messages import Messages

_ACCOUNT = "/2010-04-01/Accounts/{account}"


def make_app(options: Options) -> Starlette:
    """The whole simulator for one account."""
    carrier = Carrier(options)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        await carrier.start()
        yield
        await carrier.stop()

    routes = [*_rest_routes(carrier), *Control(carrier).routes(), Route("/healthz", _healthz)]
    return Starlette(routes=routes, lifespan=lifespan)


def _rest_routes(carrier: Carrier) -> list[Route]:
    guard, messages = carrier.door.guard, Messages(carrier)
    return [
        Route(f"{_ACCOUNT}/Messages.json", guard(messages.create), methods=["POST"]),
        Route(f"{_ACCOUNT}/Messages.json", guard(messages.list), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.fetch), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.update), methods=["POST"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.delete), methods=["DELETE"]),
    ]


async def _healthz(request: Request) -> Response:
    return JSONResponse({"carrier": "simulated"})
