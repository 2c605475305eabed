"""Whether the portal lives, can serve, and whether every part consumes."""

import asyncio
import time

import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from portal.database import Database
from shared.messaging.liveness import BrokerState, broker_state
from shared.settings import Settings

KEPT_S = 1.0
NOT_KEPT = {"cache-control": "no-store"}


class Readiness:
    """What is up. The broker is asked at most once a second, however many ask."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._asking = asyncio.Lock()
        self._asked_at = -KEPT_S
        self._broker = BrokerState()

    async def can_serve(self) -> bool:
        """Whether the portal's database answers."""
        try:
            return await asyncio.wait_for(self._database.one("SELECT 1 AS up"), 3) is not None
        except (psycopg.Error, TimeoutError):
            return False

    async def parts(self) -> dict[str, bool]:
        """Each part → whether it consumes."""
        return (await self.broker()).parts

    async def broker(self) -> BrokerState:
        """What the broker says of every queue."""
        async with self._asking:
            if time.monotonic() - self._asked_at > KEPT_S:
                self._broker = await asyncio.to_thread(broker_state, self._settings)
                self._asked_at = time.monotonic()
            return self._broker


async def healthz(_: Request) -> Response:
    """The process lives."""
    return JSONResponse({"status": "alive"}, headers=NOT_KEPT)


async def readyz(request: Request) -> Response:
    """200 when the portal can serve; with `parts=all`, only when every part consumes too."""
    readiness: Readiness = request.app.state.readiness
    portal, parts = await asyncio.gather(readiness.can_serve(), readiness.parts())
    is_ready = portal and (request.query_params.get("parts") != "all" or all(parts.values()))
    state = {"status": "ready" if is_ready else "not ready", "parts": {"portal": portal, **parts}}
    return JSONResponse(state, 200 if is_ready else 503, headers=NOT_KEPT)


routes: list[BaseRoute] = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
]
