"""The portal's connections: how many there may be, and how long a half-sent request may hold one.

uvicorn limits what runs and how long an idle connection stays. Whoever opens a connection and never
finishes its headers, or trickles a body, holds it for ever; these are the limits that it lacks.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from portal.metrics import connections_closed
from shared.settings import Settings

BODY_BYTES_PER_S = 4096
"""At this pace a slow line gains time: a photo of 8 MB may take half an hour, a trickle may not."""
MOST_HEADER_BYTES = 64 * 1024
UNREAD_LIMIT_S = 60.0
"""How long a client may leave an answer unread once the buffers are full."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may take, and how many there may be."""

    header_timeout_s: float
    body_timeout_s: float
    most: int


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with deadlines for what clients send and read, and a limit of connections."""

    def __init__(self, *args: Any, limits: ConnectionLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._is_in_body = False
        self._header_bytes = 0
        self._body_bytes = 0
        self._body_ends_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take a connection, or turn it away where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.most:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too_many")
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._cancel(self._deadline)
        self._cancel(self._unread)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request. Its first byte begins the time in which the headers must arrive."""
        if self.transport.is_closing():
            return
        if self._deadline is None:
            self._await_headers()
        was_in_headers = not self._is_in_body
        super().data_received(data)
        if was_in_headers and not self._is_in_body and self._deadline is not None:
            self._header_bytes += len(data)
            if self._header_bytes > MOST_HEADER_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "large_headers")

    def on_headers_complete(self) -> None:
        """The headers are whole: the body's time begins."""
        super().on_headers_complete()
        self._is_in_body, self._body_bytes, self._header_bytes = True, 0, 0
        self._body_ends_at = self.loop.time() + self._limits.body_timeout_s
        self._set_deadline(self._limits.body_timeout_s)

    def on_body(self, body: bytes) -> None:
        """A piece of a body that somebody still reads: at a fair pace it gains time."""
        if not self.cycle.response_complete:
            self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: the rest is up to us."""
        super().on_message_complete()
        self._is_in_body = False
        self._cancel(self._deadline)
        self._deadline = None

    def pause_writing(self) -> None:
        """The client does not read its answer."""
        super().pause_writing()
        self._cancel(self._unread)
        self._unread = self.loop.call_later(UNREAD_LIMIT_S, self._abort, "unread")

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._cancel(self._unread)

    def _await_headers(self) -> None:
        self._header_bytes = 0
        self._set_deadline(self._limits.header_timeout_s)

    def _set_deadline(self, seconds: float) -> None:
        self._cancel(self._deadline)
        self._deadline = self.loop.call_later(seconds, self._is_over)

    def _is_over(self) -> None:
        self._deadline = None
        if self.transport.is_closing():  # what was answered, a 400 for instance, is not read
            self.transport.abort()
        elif self._is_in_body:
            gained = self._body_ends_at + self._body_bytes / BODY_BYTES_PER_S - self.loop.time()
            if gained > 0:
                self._set_deadline(gained)
            else:
                self._abort("slow_body")
        elif self._is_answering():
            self.cycle.keep_alive = False  # half of a next request, while the last one is answered
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "slow_headers")

    def _is_answering(self) -> bool:
        # uvicorn sets `cycle` with a connection's first request.
        return self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Say why, if nobody else is saying anything, and close."""
        if not self._is_answering():
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(line.encode())
        connections_closed.labels(reason).inc()
        self.transport.close()
        # A client that reads nothing would hold a connection that is closing, too.
        self._cancel(self._deadline)
        self._deadline = self.loop.call_later(self._limits.header_timeout_s, self.transport.abort)

    def _abort(self, reason: str) -> None:
        connections_closed.labels(reason).inc()
        self.transport.abort()

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def limited_protocol(config: Settings) -> Any:
    """What uvicorn makes for each connection (its setting `http`)."""
    limits = ConnectionLimits(config.header_timeout_s, config.body_timeout_s, config.max_connections)
    return partial(LimitedProtocol, limits=limits)
