"""The Twilio client's way to the network: a pool of standing connections with time-outs, and no retry of its own.

The client's default transport is 2.4 times slower and waits for ever (design §2, *The carrier*).
"""

import logging
import threading
import time
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.connection import HTTPConnection, HTTPSConnection

_call = threading.local()


class BegunTooLate(Exception):
    """The call's time was over before its first byte: nothing has left."""


def begin_before(deadline: float) -> None:
    """From here on, this thread's calls send nothing after a time on `time.monotonic()`."""
    _call.deadline = deadline


def _check_deadline() -> None:
    # A process that was stopped and wakes up must not send what others may have settled meanwhile.
    if time.monotonic() > getattr(_call, "deadline", float("inf")):
        raise BegunTooLate


class _Punctual(HTTPConnection):
    """A connection that checks the deadline when it is about to write, and writes head and body at once."""

    _head: bytes | None = None

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        if self.sock is None:
            self.connect()
        _check_deadline()
        self._head = b""
        super().endheaders(message_body, encode_chunked=encode_chunked)

    def send(self, data: Any) -> None:
        if self._head is None or not isinstance(data, bytes):
            super().send(data)
        elif not self._head and data.startswith(b"POST "):
            self._head = data
        else:
            whole, self._head = self._head + data, None
            super().send(whole)


class _PunctualHTTPS(_Punctual, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Punctual  # pyright: ignore[reportAssignmentType]


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PunctualHTTPS  # pyright: ignore[reportAssignmentType]


class PooledTransport(HttpClient):
    """A `twilio.http.HttpClient` over urllib3; with `base_url`, every request goes there instead of to Twilio.

    Raises urllib3's errors as they are: whoever sends must tell a call that never began from one without an answer.
    """

    def __init__(self, *, timeout_s: float, connections: int, base_url: str = "") -> None:
        super().__init__(logging.getLogger("sila.carrier"), False, timeout_s)
        self._elsewhere = urlsplit(base_url) if base_url else None
        self._timeout = urllib3.Timeout(connect=min(timeout_s, 5), read=timeout_s)
        self._connections = connections
        self._pools: dict[tuple[str, str], urllib3.HTTPConnectionPool] = {}
        self._authorization: dict[tuple[str, str], str] = {}

    def request(  # noqa: D102
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = self._basic(auth)
        parts = urlsplit(uri)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if params:
            path += ("&" if parts.query else "?") + urlencode(params, doseq=True)
        answer = self._pool(self._elsewhere or parts).urlopen(
            method,
            path,
            body=urlencode(data, doseq=True).encode() if data else None,
            headers=sent,
            retries=False,
            redirect=allow_redirects,
            timeout=timeout or self._timeout,
        )
        return Response(answer.status, answer.data.decode(), answer.headers)

    def _pool(self, place: SplitResult) -> urllib3.HTTPConnectionPool:
        found = self._pools.get((place.scheme, place.netloc))
        if found is None:
            kind = _HTTPSPool if place.scheme == "https" else _HTTPPool
            found = kind(place.hostname or "", place.port, maxsize=self._connections, block=False)
            self._pools[place.scheme, place.netloc] = found
        return found

    def _basic(self, auth: tuple[str, str]) -> str:
        found = self._authorization.get(auth)
        if found is None:
            found = urllib3.make_headers(basic_auth=":".join(auth))["authorization"]
            self._authorization[auth] = found
        return found
