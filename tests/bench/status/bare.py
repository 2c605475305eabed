"""The limits of P1, as bare Starlette routes: the template alone, and the same single read before it.

`uvicorn tests.bench.status.bare:app`. `/ar/template` renders one family's page again and again; `/ar/status` reads the
page's rows with the session, by the same SQL over the same pool, and renders the same template. Neither checks a
method, counts, measures, protects or writes anything.
"""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from portal.database import Database
from portal.family.status import status_view
from portal.family.views import StatusView
from portal.files import OF_SESSION, FamilyFile
from portal.pages import Pages
from shared.settings import settings

database = Database(settings())
template = Pages().template("ar", "family/status.html")
kept: dict[str, StatusView] = {}


async def read_and_show(request: Request) -> Response:
    """One family's page."""
    report = await _report_of(request)
    kept.setdefault("one", report)
    return _shown(report)


async def show(_request: Request) -> Response:
    """The page of whoever came first."""
    return _shown(kept["one"])


async def _report_of(request: Request) -> StatusView:
    token = hashlib.sha256(request.cookies["sila_family"].encode()).digest()
    (row,) = await database.values(OF_SESSION, {"tokens": [token], "idle_s": 86_400})
    return status_view(FamilyFile(*row), "ar")


def _shown(report: StatusView) -> Response:
    return HTMLResponse(template.render(report=report, csrf_token="t", at="status"))


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncGenerator[None]:
    await database.open()
    yield
    await database.close()


app = Starlette(routes=[Route("/ar/status", read_and_show), Route("/ar/template", show)], lifespan=_lifespan)
