"""The institutions' API's routes: one for each operation, and the document that describes them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from portal.api.openapi import document
from portal.api.operations import Operation
from portal.api.table import OPERATIONS

ROOT = "/api/v1"


async def show_document(_: Request) -> Response:
    """The OpenAPI document: no key is needed to read how to ask for one's own reports."""
    return JSONResponse(document(OPERATIONS), headers={"cache-control": "public, max-age=300"})


def _route(operation: Operation) -> Route:
    return Route(ROOT + operation.path, operation.answer, methods=[operation.method])


routes: list[BaseRoute] = [
    Route(f"{ROOT}/openapi.json", show_document, methods=["GET"]),
    *map(_route, OPERATIONS),
]
