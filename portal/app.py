"""The portal: every route and everything around them in one place, stateless but for its database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import portal.api.routes
import portal.phone.routes
import portal.staff.routes
from portal import health, problems
from portal.allowed_hosts import AllowedHosts
from portal.clients import ClientAddresses
from portal.database import Database
from portal.family import routes as family
from portal.family.views import Desk
from portal.figures import PublicFigures
from portal.files import FilesOfSessions
from portal.health import Readiness
from portal.limits import Limits
from portal.outcomes import Outcomes
from portal.pages import Pages
from portal.paths import BoundedAddresses
from portal.phone.deliveries import Deliveries
from portal.phone.voice.recordings import Recordings
from portal.watching import Watched
from shared.messaging.rpc import StaffReads
from shared.settings import Settings, settings

STATIC = Path(__file__).parent / "static"
LARGEST_BODY_BYTES = 25 * 1024 * 1024
"""Of an import; forms and texts are read with limits of their own."""
ROUTES: list[BaseRoute] = [
    *portal.phone.routes.routes,  # first: what comes most often, and no other route begins as they do
    *family.routes,
    *portal.staff.routes.routes,
    *portal.api.routes.routes,
    *health.routes,
    Mount("/static", StaticFiles(directory=STATIC)),
]


def create_app(config: Settings) -> ASGIApp:
    """The portal's application for some settings."""
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(ClientAddresses, trusted=config.trusted_proxies),
            Middleware(AllowedHosts, hosts=config.hosts),
            Middleware(BoundedAddresses),
        ],
        exception_handlers=problems.handlers,
        lifespan=_lifespan,
        max_body_size=LARGEST_BODY_BYTES,
    )
    database = Database(config)
    app.state.settings = config
    app.state.database = database
    app.state.files_of_sessions = FilesOfSessions(database, config)
    app.state.outcomes = Outcomes(database)
    app.state.deliveries = Deliveries(database)
    app.state.limits = Limits(database, config)
    app.state.recordings = Recordings(config.voice)
    app.state.figures = PublicFigures(database)
    app.state.readiness = Readiness(database, config)
    app.state.staff_reads = StaffReads(config)
    app.state.pages = Pages(Desk(config.office_phone))
    return Watched(app, is_https=config.is_https, logs_requests=config.log_level == "DEBUG")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None]:
    await app.state.database.open()
    await app.state.outcomes.start()
    yield
    app.state.staff_reads.close()
    await app.state.outcomes.stop()
    await app.state.database.close()


@cache
def _the_app() -> ASGIApp:
    return create_app(settings())


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application of this process's settings, made when it is first asked."""
    await _the_app()(scope, receive, send)
