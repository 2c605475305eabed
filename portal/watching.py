"""Around every request: its language, its measure, its line in the access log (by the route's template, never its path
or query), the headers that protect what is not a page, and what is said of a failure that nobody foresaw."""

import re
import time
from functools import lru_cache
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.languages import LANGUAGES, negotiate
from shared.logs import log
from shared.metrics import FAST

requests_total = Counter("sila_http_requests_total", "Requests answered.", ["route", "status"])
request_seconds = Histogram(
    "sila_http_request_seconds", "From a request's arrival to the end of its answer.", ["route"], buckets=FAST
)

PROTECTING = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
]
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
UNMATCHED = "unmatched"
CONVERTER = re.compile(r":\w+\}")
SLOW_S = 1.0
"""The access log keeps what was refused, failed or slow; all of it where the log level is DEBUG."""


class Watched:
    """The application with everything around it."""

    def __init__(self, app: ASGIApp, *, is_https: bool, logs_requests: bool) -> None:
        self._app, self._is_https, self._logs_requests = app, is_https, logs_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["lang"] = language_of(scope)
        await _Answer(self._is_https, self._logs_requests).give(self._app, scope, receive, send)


class _Answer:
    def __init__(self, is_https: bool, logs_requests: bool) -> None:
        self._is_https, self._logs_requests = is_https, logs_requests
        self._status = 500

    async def give(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()

        async def protecting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._protect(message["headers"])
            await send(message)

        try:
            await app(scope, receive, protecting)
        except Exception:
            # The answer has left already; its text may hold values, which the log refuses to print.
            log.exception("request_failed", route=route_of(scope))
        self._measure(route_of(scope), time.perf_counter() - started)

    def _protect(self, headers: list[tuple[bytes, bytes]]) -> None:
        present = {name for name, _ in headers}
        headers.extend(header for header in PROTECTING if header[0] not in present)
        if self._is_https:
            headers.append(TLS_ONLY)

    def _measure(self, route: str, seconds: float) -> None:
        count, time_taken = _measures(route, self._status)
        count.inc()
        time_taken.observe(seconds)
        if self._logs_requests or self._status >= 400 or seconds > SLOW_S:
            log.info("request", route=route, status=self._status, seconds=round(seconds, 4))


def route_of(scope: Scope) -> str:
    """The template of the route that a request took, without what was filled in: `/{lang}/status`."""
    route: Any = scope.get("route")
    return template_of(getattr(route, "path", UNMATCHED)) if route is not None else UNMATCHED


@lru_cache(maxsize=1000)
def _measures(route: str, status: int) -> tuple[Counter, Histogram]:
    return requests_total.labels(route, status), request_seconds.labels(route)


@lru_cache(maxsize=1000)
def template_of(path: str) -> str:
    """A route's path as metrics and logs name it: without how its parameters are read (`{lang:language}`)."""
    return CONVERTER.sub("}", path)


def language_of(scope: Scope) -> str:
    """The language in a path; without one, the best for the browser."""
    first = scope["path"][1:].partition("/")[0]
    if first in LANGUAGES:
        return first
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return negotiate(value.decode("latin-1")).code
    return negotiate("").code
