"""The simulator's application: Twilio's API, the control API and the page, as one list of routes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infra.simulator.carrier import Carrier
from infra.simulator.control.calls import CallsControl
from infra.simulator.control.conditions import ConditionsControl
from infra.simulator.control.phones import PhonesControl
from infra.simulator.local_only import LocalOnly
from infra.simulator.options import Options
from infra.simulator.page.routes import Pages
from infra.simulator.rest.calls import Calls
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

    routes = [Route("/healthz", _healthz), *_rest_routes(carrier), _people_routes(carrier)]
    return Starlette(routes=routes, lifespan=lifespan)


def _rest_routes(carrier: Carrier) -> list[Route]:
    guard, messages = carrier.door.guard, Messages(carrier)
    calls = Calls(carrier)
    return [
        Route(f"{_ACCOUNT}/Messages.json", guard(messages.create), methods=["POST"]),
        Route(f"{_ACCOUNT}/Messages.json", guard(messages.list), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.fetch), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.update), methods=["POST"]),
        Route(f"{_ACCOUNT}/Messages/{{sid}}.json", guard(messages.delete), methods=["DELETE"]),
        Route(f"{_ACCOUNT}/Calls.json", guard(calls.create), methods=["POST"]),
        Route(f"{_ACCOUNT}/Calls.json", guard(calls.list), methods=["GET"]),
        Route(f"{_ACCOUNT}/Calls/{{sid}}.json", guard(calls.fetch), methods=["GET"]),
        Route(f"{_ACCOUNT}/Calls/{{sid}}.json", guard(calls.update), methods=["POST"]),
    ]


def _people_routes(carrier: Carrier) -> Mount:
    parts = (PhonesControl(carrier), CallsControl(carrier.calls), ConditionsControl(carrier), Pages(carrier))
    routes = [route for part in parts for route in part.routes()]
    return Mount("/", routes=routes, middleware=[Middleware(LocalOnly)])


async def _healthz(request: Request) -> Response:
    return JSONResponse({"carrier": "simulated"})
