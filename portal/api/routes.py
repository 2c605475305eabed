"""The institutions' API's routes: one for each operation, and the document that describes them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from portal.api.openapi import document
from portal.api.table import OPERATIONS

ROOT = "/api/v1"


async def show_document(_: Request) -> Response:
    """The OpenAPI document: no key is needed to read how to ask for one's own reports."""
    return JSONResponse(document(OPERATIONS), headers={"cache-control": "public, max-age=300"})


class PathRoute(Route):
    """The one route of a path: it answers for every method, by 405 and `Allow` for those that the path does not have.

    Otherwise a path with a place to fill in (`/reports/{reference}`) would take over what `/reports/search` has not.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the path is this one."""
        match, child_scope = super().matches(scope)
        return Match.FULL if match is Match.PARTIAL else match, child_scope


def _route(path: str) -> Route:
    operations = {o.method: o for o in OPERATIONS if o.path == path}

    async def answer(request: Request) -> Response:
        return await operations["GET" if request.method == "HEAD" else request.method].answer(request)

    return PathRoute(ROOT + path, answer, methods=list(operations))


PATHS = sorted({o.path for o in OPERATIONS}, key=lambda path: ("{" in path, path))
"""Those that are written out come first: `search` is no reference."""
routes: list[BaseRoute] = [
    PathRoute(f"{ROOT}/openapi.json", show_document, methods=["GET"]),
    *map(_route, PATHS),
]
