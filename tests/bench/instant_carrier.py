"""A carrier that takes every text at once, or after a while: `python -m tests.bench.instant_carrier PORT WAIT_S`.

It keeps nothing but how many texts it took, to how many phones (`GET /taken`), and says of each what Twilio says.
"""

import asyncio
import json
import secrets
import sys
from urllib.parse import parse_qs

import httptools
import uvloop

ANSWER = {
    "account_sid": "AC" + "0" * 32,
    "api_version": "2010-04-01",
    "body": "",
    "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
    "date_sent": None,
    "date_updated": "Thu, 01 Jan 2026 00:00:00 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": None,
    "num_media": "0",
    "num_segments": "2",
    "price": None,
    "price_unit": "USD",
    "status": "accepted",
    "subresource_uris": {},
}


class Taken:
    """What was taken so far."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.texts, self.phones = 0, set[str]()

    def take(self, form: bytes) -> bytes:
        """Take a text."""
        phone = parse_qs(form.decode())["To"][0]
        self.texts += 1
        self.phones.add(phone)
        return json.dumps({**ANSWER, "sid": f"SM{secrets.token_hex(16)}", "to": phone}).encode()

    def count(self) -> bytes:
        """How many there are."""
        return json.dumps({"texts": self.texts, "phones": len(self.phones)}).encode()


class Line(asyncio.Protocol):
    """One caller's connection."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        if self.parser.get_method() == b"GET":
            self.say(self.taken.count())
            return
        answer = self.taken.take(body)
        if self.taken.wait_s:
            asyncio.get_running_loop().call_later(self.taken.wait_s, self.say, answer)
        else:
            self.say(answer)

    def say(self, answer: bytes) -> None:
        head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.transport.write(head.encode() + answer)


async def serve(port: int, wait_s: float) -> None:
    """Take texts until killed."""
    taken = Taken(wait_s)
    server = await asyncio.get_running_loop().create_server(lambda: Line(taken), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
