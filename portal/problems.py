"""One place per door that turns what went wrong into an answer: a page, a problem document (RFC 9457), plain words."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from portal.limits import TooMany
from portal.pages import page

AWAY_RETRY_S = 5


def problem(status: int, detail: str = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem document (RFC 9457)."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **more}
    if detail:
        content["detail"] = detail
    return JSONResponse(content, status, headers=dict(headers or {}), media_type="application/problem+json")


def answer_problem(request: Request, status: int, headers: Mapping[str, str], minutes: int | None = None) -> Response:
    """What went wrong, in the way of the door it happened at."""
    path = request.url.path
    if path.startswith("/api/"):
        return problem(status, headers=headers)
    if path.startswith(("/webhooks/", "/healthz", "/readyz", "/static/")):
        return PlainTextResponse(HTTPStatus(status).phrase, status, headers=dict(headers))
    response = page(request, "family/error.html", status, code=status, minutes=minutes, at="")
    response.headers.update(headers)
    return response


async def http_problem(request: Request, error: Exception) -> Response:
    """What a route or the router refused."""
    assert isinstance(error, HTTPException)
    return answer_problem(request, error.status_code, error.headers or {})


async def too_many(request: Request, error: Exception) -> Response:
    """A limit is reached."""
    assert isinstance(error, TooMany)
    return answer_problem(request, 429, {"retry-after": str(int(error.wait_s) + 1)}, error.minutes)


async def database_away(request: Request, _: Exception) -> Response:
    """The database does not answer: nothing was kept, and it will soon be back."""
    return answer_problem(request, 503, {"retry-after": str(AWAY_RETRY_S)})


async def gone(_: Request, __: Exception) -> Response:
    """Whoever asked is gone, or was too slow, before the request was whole: no failure of ours."""
    return PlainTextResponse(status_code=400)


async def unforeseen(request: Request, _: Exception) -> Response:
    """A failure of ours."""
    return answer_problem(request, 500, {})


handlers: dict[Any, Any] = {
    HTTPException: http_problem,
    TooMany: too_many,
    psycopg.OperationalError: database_away,
    ClientDisconnect: gone,
    500: unforeseen,
}
