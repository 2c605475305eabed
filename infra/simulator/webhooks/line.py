"""Keep-alive HTTP lines for webhooks.

A campaign of 100,000 texts means 400,000 callbacks on the machine that also runs what they call, so a line
here is an asyncio protocol over the parser that uvicorn uses: it costs a fraction of a full HTTP client.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httptools

ANSWER_WITHIN_S = 15.0


class WebhookError(Exception):
    """No answer: refused, cut, too late, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether it was a 2xx."""
        return 200 <= self.status < 300


class _Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self._transport: Any = None
        self._answer: asyncio.Future[Answer] | None = None

    async def exchange(self, request: bytes) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        try:
            self._transport.write(request)
        except RuntimeError:  # uvloop's, where the other side has just closed and we were not told yet
            self.is_open = False
            raise WebhookError("cut") from None
        return await self._answer

    def close(self) -> None:
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.is_open = transport, True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close()
            self._fail(f"not HTTP: {type(error).__name__}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._fail("cut")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.is_open = False
            self._transport.close()
        if self._answer and not self._answer.done():
            self._answer.set_result(Answer(self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, why: str) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(WebhookError(why))


class Lines:
    """A bounded set of keep-alive lines to any number of hosts."""

    def __init__(self, limit: int) -> None:
        self._limit = asyncio.Semaphore(limit)
        self._idle: dict[tuple[str, int, bool], list[_Line]] = {}

    async def send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send one request. Raises WebhookError when no answer comes within 15 s."""
        target = urlsplit(url)
        secure = target.scheme == "https"
        place = (target.hostname or "", target.port or (443 if secure else 80), secure)
        request = _request(method, target.netloc, _path_of(url), headers, body)
        async with self._limit:
            line = await self._take(place)
            try:
                answer = await asyncio.wait_for(line.exchange(request), ANSWER_WITHIN_S)
            except TimeoutError:
                line.close()
                raise WebhookError("no answer in time") from None
            if line.is_open:
                self._idle.setdefault(place, []).append(line)
            return answer

    async def _take(self, place: tuple[str, int, bool]) -> _Line:
        idle = self._idle.get(place, [])
        while idle:
            if (line := idle.pop()).is_open:
                return line
        host, port, secure = place
        context = ssl.create_default_context() if secure else None
        opening = asyncio.get_running_loop().create_connection(_Line, host, port, ssl=context)
        try:
            _, line = await asyncio.wait_for(opening, ANSWER_WITHIN_S)
        except (OSError, TimeoutError) as error:
            raise WebhookError(type(error).__name__) from None
        return line

    def close(self) -> None:
        """Hang up every idle line."""
        for idle in self._idle.values():
            for line in idle:
                line.close()
        self._idle.clear()


def _path_of(url: str) -> str:
    target = urlsplit(url)
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def _request(method: str, host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
