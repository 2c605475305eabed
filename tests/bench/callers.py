"""A carrier that calls back: prepared, signed requests over a few kept connections, as fast as they are answered."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import uvloop
from twilio.request_validator import RequestValidator

STATUSES = ("queued", "sent", "delivered")


def callbacks(base_url: str, token: str, count: int) -> list[bytes]:
    """Requests that tell `count` different statuses, with the carrier's signature."""
    validator = RequestValidator(token)
    return [_request(f"{base_url}/webhooks/twilio/status?text={uuid4()}", validator, n) for n in range(count)]


def _request(url: str, validator: RequestValidator, number: int) -> bytes:
    fields = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "MessageStatus": STATUSES[number % len(STATUSES)],
        "AccountSid": "AC" + "0" * 32,
        "To": "+9647700000001",
        "From": "+15005550006",
        "ApiVersion": "2010-04-01",
    }
    body = urlencode(fields).encode()
    head = (
        f"POST {urlsplit(url).path}?{urlsplit(url).query} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"X-Twilio-Signature: {validator.compute_signature(url, fields)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def rate(base_url: str, requests: Sequence[bytes], connections: int = 16) -> float:
    """Requests answered with success in a second. Raises AssertionError where one is not, OSError where nobody is."""
    address = urlsplit(base_url)
    started = time.perf_counter()
    uvloop.run(_call(str(address.hostname), address.port or 80, requests, connections))
    return len(requests) / (time.perf_counter() - started)


async def _call(host: str, port: int, requests: Sequence[bytes], connections: int) -> None:
    loop = asyncio.get_running_loop()
    callers = [Caller(requests[n::connections]) for n in range(connections)]
    await asyncio.gather(*(loop.create_connection(lambda c=c: c, host, port) for c in callers))
    await asyncio.gather(*(c.done for c in callers))


class Caller(asyncio.Protocol):
    """One connection, which sends its next request when the last one is answered. As cheap as can be: it shares the
    machine with what it measures."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.requests = iter(requests)
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.call()

    def call(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 204") or not data.endswith(b"\r\n\r\n"):
            self.transport.close()
            self.done.set_exception(AssertionError(data[:80]))
        else:
            self.call()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())
