"""What stands in addresses: ids of rows, bounded, and nothing that a database cannot keep."""

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from portal.problems import answer_problem

LARGEST_QUERY_BYTES = 8 * 1024
"""A sealed permit or message has room in it."""


class RowId(Convertor[int]):
    """The number of a row: Western digits, as many as a `bigint` surely holds.

    Starlette's own `int` takes any number of digits, and Python refuses to read thousands of them.
    """

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Its digits."""
        return str(value)


def register() -> None:
    """Let routes name a row's id: `{call:row}`."""
    register_url_convertor("row", RowId())


class BoundedAddresses:
    """Middleware that refuses addresses which are too long or hold a NUL, which PostgreSQL keeps nowhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (status := _problem(scope)):
            await answer_problem(Request(scope), status, {})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _problem(scope: Scope) -> int | None:
    query: bytes = scope["query_string"]
    if len(query) > LARGEST_QUERY_BYTES:
        return 414
    if "\0" in scope["path"]:
        return 404
    # The API checks each parameter of its own, and names the one that is wrong.
    is_page = not scope["path"].startswith("/api/")
    return 400 if is_page and b"%00" in query else None
