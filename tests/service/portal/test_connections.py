"""Half-sent requests, idle connections and too many of them, at real sockets of a served portal."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from shared.settings import Settings
from tests.service.portal.serving import Served, served
from tests.waiting import eventually

pytestmark = pytest.mark.broker

HEADER_S, BODY_S, MOST = 2, 3, 100
POST = b"POST /en/status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def portal(config: Settings, sila_environment: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    """A portal whose limits a test can reach."""
    limits = {
        "SILA_HEADER_TIMEOUT_S": str(HEADER_S),
        "SILA_BODY_TIMEOUT_S": str(BODY_S),
        "SILA_MAX_CONNECTIONS": str(MOST),
    }
    with served(config, sila_environment, tmp_path, **limits) as portal:
        yield portal


@pytest.fixture
def lines(portal: Served) -> Iterator[list[socket.socket]]:
    """Sixty connections."""
    with ExitStack() as stack:
        yield [stack.enter_context(portal.connect()) for _ in range(60)]


def what_is_left(line: socket.socket, trickle: bytes = b"") -> tuple[bytes, float]:
    """What a connection still says until it is closed, and after how many seconds that is."""
    began, said = time.monotonic(), b""
    line.settimeout(0.2)
    while time.monotonic() - began < 20:
        try:
            if trickle:
                line.sendall(trickle)
            if not (piece := line.recv(65_536)):
                return said, time.monotonic() - began
            said += piece
        except TimeoutError:
            continue
        except OSError:
            return said, time.monotonic() - began
    raise AssertionError("the connection is still there")


def test_sixty_requests_whose_headers_never_end_are_gone_after_their_deadline(
    portal: Served, lines: list[socket.socket]
) -> None:
    began = time.monotonic()
    for line in lines:
        line.sendall(b"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    first = what_is_left(lines[0], trickle=b"x")
    answers = [first, *(what_is_left(line) for line in lines[1:])]
    assert time.monotonic() - began < HEADER_S + 4
    assert all(said.startswith(b"HTTP/1.1 408 ") for said, _ in answers)
    assert portal.closed("slow_headers") == len(lines)
    assert httpx.get(f"{portal.url}/en/").status_code == 200


def test_connections_that_say_nothing_are_gone_after_the_same_time(portal: Served, lines: list[socket.socket]) -> None:
    began = time.monotonic()
    assert all(what_is_left(line)[0].startswith(b"HTTP/1.1 408 ") for line in lines)
    assert time.monotonic() - began < HEADER_S + 4


def test_sixty_trickled_bodies_are_gone_after_their_deadline(portal: Served, lines: list[socket.socket]) -> None:
    began = time.monotonic()
    for line in lines:
        line.sendall(POST + b"Content-Length: 60000\r\n\r\nreference=")
    what_is_left(lines[0], trickle=b"1")
    for line in lines[1:]:
        what_is_left(line)
    assert BODY_S * 0.9 < time.monotonic() - began < BODY_S + 4
    assert portal.closed("slow_body") == len(lines)
    assert httpx.get(f"{portal.url}/en/").status_code == 200
    assert "request_failed" not in portal.output.read_text()


def test_a_body_that_comes_slowly_but_steadily_is_read_to_its_end(portal: Served) -> None:
    with portal.connect() as line:
        line.sendall(POST + b"Content-Length: 50000\r\n\r\nreference=")
        began = time.monotonic()
        for _ in range(20):
            line.sendall(b"1" * 2_400)
            time.sleep(BODY_S / 15)  # a slow line is what is tested
        line.sendall(b"1" * (50_000 - 10 - 20 * 2_400))
        assert time.monotonic() - began > BODY_S
        line.settimeout(10)
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")  # read whole: it has no token of a form of ours


def test_an_idle_connection_is_closed_and_half_of_a_next_request_is_too(portal: Served) -> None:
    for then in (b"", b"\r\n", b"GET /en"):
        with portal.connect() as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            line.settimeout(10)
            assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
            line.sendall(then)
            _, seconds = what_is_left(line)
            assert seconds < 5 + 4


def test_endless_headers_are_refused_before_their_deadline(portal: Served) -> None:
    with portal.connect() as line:
        line.sendall(b"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ")
        said, _ = what_is_left(line, trickle=b"x" * 16_384)
    assert portal.closed("large_headers") == 1
    assert said.startswith(b"HTTP/1.1 431 ") or not said  # the rest that was sent may have reset the line


def test_more_connections_than_there_may_be_are_turned_away_and_room_comes_back(portal: Served) -> None:
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(portal.connect())
        with portal.connect() as one_more:
            assert what_is_left(one_more)[0].startswith(b"HTTP/1.1 503 ")
    assert eventually(lambda: httpx.get(f"{portal.url}/en/").status_code == 200, 20)
