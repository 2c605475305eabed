"""The limit of P9: a Starlette route that reads a form's bytes and answers. `uvicorn tests.bench.bare_route:app`."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def take(request: Request) -> Response:
    """Nothing is checked and nothing kept."""
    await request.body()
    return Response(status_code=204)


app = Starlette(routes=[Route("/webhooks/twilio/status", take, methods=["POST"])])
