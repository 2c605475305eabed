"""A carrier that calls back: prepared, signed requests over a few kept connections, as fast as they are answered."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

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
    """Requests answered with success in a second. Raises AssertionError where one is not."""
    address = urlsplit(base_url)
    started = time.perf_counter()
    asyncio.run(_call(str(address.hostname), address.port or 80, requests, connections))
    return len(requests) / (time.perf_counter() - started)


async def _call(host: str, port: int, requests: Sequence[bytes], connections: int) -> None:
    async def one(mine: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for request in mine:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 204"), head[:80]
        writer.close()

    await asyncio.gather(*(one(requests[n::connections]) for n in range(connections)))
