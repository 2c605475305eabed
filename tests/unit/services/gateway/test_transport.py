"""The Twilio client over our own transport, against a small HTTP server: what is on the wire, and how calls end."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from services.gateway.carrier.port import Accepted, NotNow, Outcome, Refused, TooLate, Unknown
from services.gateway.carrier.twilio_carrier import TwilioCarrier
from shared.settings import Settings

ACCOUNT = "AC" + "0" * 32
SID = "SM" + "0" * 32
FOREVER = float("inf")


class Server(ThreadingHTTPServer):
    """Answers as it is told to, and remembers what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, str] = (201, json.dumps({"sid": SID, "status": "queued"}))
        self.delay_s = 0.0
        self.closes = False
        self.requests: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.connections: set[Any] = set()
        self.closed = threading.Semaphore(0)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that did not wait for the answer is what a test asks for."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.connections.add(self.client_address)
        self.server.requests.append((self.path, dict(self.headers), parse_qs(body)))
        threading.Event().wait(self.server.delay_s)
        status, content = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content.encode())))
        self.end_headers()
        self.wfile.write(content.encode())
        self.close_connection = self.server.closes

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def carrier(server: Server, **changes: Any) -> TwilioCarrier:
    whole: dict[str, Any] = {
        "database_url": "postgresql://unused",
        "amqp_url": "amqp://unused",
        "twilio_api_base_url": f"http://127.0.0.1:{server.server_port}",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": SecretStr("secret"),
        "carrier_timeout_s": 20,
        **changes,
    }
    return TwilioCarrier(Settings(**whole))


def send(carrier: TwilioCarrier, *, valid_for_s: int = 600, not_begun_after: float = FOREVER) -> Outcome:
    return carrier.send(
        "+9647701234567",
        "سلام & [1]",
        callback_url="https://example.org/webhooks/twilio/status?text=1",
        valid_for_s=valid_for_s,
        not_begun_after=not_begun_after,
    )


def test_a_text_is_on_the_wire_as_the_carrier_wants_it(server: Server) -> None:
    assert send(carrier(server)) == Accepted(SID, "queued")
    ((path, headers, fields),) = server.requests
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:secret".encode()).decode()
    assert fields == {
        "To": ["+9647701234567"],
        "From": ["+15005550006"],
        "Body": ["سلام & [1]"],
        "StatusCallback": ["https://example.org/webhooks/twilio/status?text=1"],
        "ValidityPeriod": ["600"],
    }


def test_a_messaging_service_takes_the_place_of_the_number(server: Server) -> None:
    service = "MG" + "0" * 32
    send(carrier(server, twilio_messaging_service_sid=service))
    fields = server.requests[0][2]
    assert fields["MessagingServiceSid"] == [service]
    assert "From" not in fields


@pytest.mark.parametrize(("asked", "said"), [(-5, 1), (0, 1), (86_400, 36_000)])
def test_the_carrier_s_own_queue_keeps_a_text_within_its_limits(server: Server, asked: int, said: int) -> None:
    send(carrier(server), valid_for_s=asked)
    assert server.requests[0][2]["ValidityPeriod"] == [str(said)]


def test_calls_share_a_standing_connection(server: Server) -> None:
    twilio = carrier(server)
    assert [send(twilio) for _ in range(5)] == [Accepted(SID, "queued")] * 5
    assert len(server.connections) == 1


def test_a_connection_that_the_carrier_closed_is_replaced(server: Server) -> None:
    server.closes = True
    twilio = carrier(server)
    for _ in range(3):
        assert send(twilio) == Accepted(SID, "queued")
        assert server.closed.acquire(timeout=60), "the carrier closes first"
    assert len(server.connections) == 3


def test_without_an_answer_nobody_knows(server: Server) -> None:
    server.delay_s = 60
    begun = time.monotonic()
    assert send(carrier(server, carrier_timeout_s=0.5)) == Unknown("no_answer")
    assert time.monotonic() - begun < 30
    assert len(server.requests) == 1, "and it is not asked again by the transport"


def test_what_begins_too_late_sends_nothing(server: Server) -> None:
    twilio = carrier(server)
    assert send(twilio, not_begun_after=time.monotonic() - 1) == TooLate()
    assert server.requests == []
    assert send(twilio) == Accepted(SID, "queued")


def test_a_carrier_that_is_not_there_surely_has_nothing(server: Server) -> None:
    with Server() as closed:
        nowhere = closed.server_port
    assert send(carrier(server, twilio_api_base_url=f"http://127.0.0.1:{nowhere}")) == NotNow("unreachable")


def error(code: int, status: int) -> str:
    return json.dumps({"code": code, "message": "no", "more_info": "", "status": status})


@pytest.mark.parametrize(
    ("status", "content", "outcome"),
    [
        (400, error(21211, 400), Refused(21211)),
        (429, error(20429, 429), NotNow("busy", 20429)),
        (401, error(20003, 401), NotNow("account", 20003)),
        (500, error(20500, 500), Unknown("server_error", 20500)),
        (503, "<html>", Unknown("server_error", 503)),
        (201, "<html>", Unknown("line_cut")),
        (201, "{}", Unknown("no_id")),
    ],
)
def test_an_answer_is_understood(server: Server, status: int, content: str, outcome: Outcome) -> None:
    server.answer = (status, content)
    assert send(carrier(server)) == outcome
