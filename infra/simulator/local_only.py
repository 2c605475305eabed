"""Keeps other web sites' hands off the page and the control API, which know no passwords."""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class LocalOnly:
    """Refuses a request under a foreign host name (DNS rebinding) or from a foreign page (cross-site)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through if it comes from this machine's own pages or tools."""
        if scope["type"] == "http" and not _is_local(dict(scope["headers"])):
            await PlainTextResponse("This page is for this machine only.", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_local(headers: dict[bytes, bytes]) -> bool:
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin", b"").decode("latin-1")
    return urlsplit(f"//{host}").hostname in _HERE and (not origin or urlsplit(origin).netloc == host)
