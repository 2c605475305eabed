"""Stands before every page of the console: nobody passes without a session and a role that the page names, and what
goes wrong behind it becomes a plain page."""

from collections.abc import Awaitable, Callable

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.accounts import Role
from portal.at_hand import database_of
from portal.limits import TooMany
from portal.staff.access import ACCESS, OPEN
from portal.staff.console import form_page, record, see
from portal.staff.entrance.permits import PermitOver
from portal.staff.entrance.sessions import Member, member_of
from shared.database import utc_now
from shared.messaging.rpc import StaffReadUnavailable

Endpoint = Callable[[Request], Awaitable[Response]]


def door(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    """A route of the console, for the roles that `ACCESS` names for its path. Raises KeyError where it names none."""
    roles = frozenset[Role]() if path in OPEN else ACCESS[path]

    async def guarded(request: Request) -> Response:
        try:
            if path not in OPEN:
                await _let_in(request, roles, path)
            return await endpoint(request)
        except _LogInFirst as first:
            return see(first.path)
        except (HTTPException, TooMany, PermitOver, StaffReadUnavailable, psycopg.OperationalError) as error:
            return _problem(request, error)

    return Route(path, guarded, methods=[method])


class _LogInFirst(Exception):
    """Nobody is logged in; `path` is the log-in's next step."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


async def _let_in(request: Request, roles: frozenset[Role], path: str) -> None:
    member = await member_of(request)
    if member is None or not member.has_totp:
        raise _LogInFirst("/staff/log-in/code" if member else "/staff/log-in")
    request.state.member = member
    if not roles & member.roles:
        await _note_denied(request, member, path)
        raise HTTPException(403)


async def _note_denied(request: Request, member: Member, path: str) -> None:
    async with database_of(request).transaction() as cursor:
        await record(cursor, member, utc_now(), "denied", path)


def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _page(request, error.status_code)
    if isinstance(error, TooMany):
        response = _page(request, 429, minutes=error.minutes)
        response.headers["retry-after"] = str(int(error.wait_s) + 1)
        return response
    return _page(request, 410 if isinstance(error, PermitOver) else 503)


def _page(request: Request, status: int, minutes: int = 0) -> Response:
    is_kept = "asked" in request.query_params
    return form_page(request, "staff/error.html", status, code=status, minutes=minutes, is_kept=is_kept)
