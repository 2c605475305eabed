"""Which hosts the portal answers for: any other name in a Host header is refused before a route is looked for.

A name that an attacker chose would come back in what is made from it, or be kept by a shared cache.
"""

from collections.abc import Sequence

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.settings import LOOPBACK_HOSTS

HEALTH = frozenset({"/healthz", "/readyz"})


class AllowedHosts:
    """Answers 400 for foreign hosts. The health routes are also asked for by a loopback name."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._pages = TrustedHostMiddleware(app, hosts, www_redirect=False)
        self._health = TrustedHostMiddleware(app, [*hosts, *LOOPBACK_HOSTS], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "http" and scope["path"] in HEALTH:
            await self._health(scope, receive, send)
        else:
            await self._pages(scope, receive, send)
