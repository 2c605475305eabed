"""The Twilio client's way to the network: a pool of standing connections with time-outs, and no retry of its own.

The client's default transport is 2.4 times slower and waits for ever (design §2, *The carrier*).
"""

import logging
import threading
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

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


class _PunctualHTTP(HTTPConnection):
    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        _check_deadline()
        super().endheaders(*args, **kwargs)


class _PunctualHTTPS(HTTPSConnection):
    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        _check_deadline()
        super().endheaders(*args, **kwargs)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PunctualHTTP  # pyright: ignore[reportAssignmentType]


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PunctualHTTPS  # pyright: ignore[reportAssignmentType]


class PooledTransport(HttpClient):
    """A `twilio.http.HttpClient` over urllib3; with `base_url`, every request goes there instead of to Twilio.

    Raises urllib3's errors as they are: whoever sends must tell a call that never began from one without an answer.
    """

    def __init__(self, *, timeout_s: float, connections: int, base_url: str = "") -> None:
        super().__init__(logging.getLogger("sila.carrier"), False, timeout_s)
        self._elsewhere = base_url.rstrip("/")
        self._timeout = urllib3.Timeout(connect=min(timeout_s, 5), read=timeout_s)
        self._pools = urllib3.PoolManager(maxsize=connections, block=False, retries=False)
        pools: Any = self._pools
        pools.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
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
        url = self._url(uri, params)
        body = urlencode(data, doseq=True) if data else None
        answer = self._pools.urlopen(
            method, url, body=body, headers=sent, timeout=timeout or self._timeout, redirect=allow_redirects
        )
        return Response(answer.status, answer.data.decode(), answer.headers)

    def _url(self, uri: str, params: dict[str, object] | None) -> str:
        if self._elsewhere:
            parts = urlsplit(uri)
            uri = self._elsewhere + parts.path + (f"?{parts.query}" if parts.query else "")
        return f"{uri}?{urlencode(params, doseq=True)}" if params else uri

    def _basic(self, auth: tuple[str, str]) -> str:
        found = self._authorization.get(auth)
        if found is None:
            found = urllib3.make_headers(basic_auth=":".join(auth))["authorization"]
            self._authorization[auth] = found
        return found
