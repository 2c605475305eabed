import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from infra.local.ports import free_ports
from tests.chaos.proxy import LOOPBACK, Lines

MAY_COUNT = threading.Event()
"""The server says something of its own accord."""


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while received := self.request.recv(1000):
            self.request.sendall(received)
            if received == b"count" and MAY_COUNT.wait(5):
                self.request.sendall(b"123")


@pytest.fixture
def line() -> Iterator[tuple[Lines, int]]:
    """A line to a server that says everything again, and its port."""
    here, there = free_ports(2)
    lines = Lines()
    with socketserver.ThreadingTCPServer((LOOPBACK, there), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield lines, lines.add("echo", here, there)
        lines.stop()
        server.shutdown()


def call(port: int) -> socket.socket:
    connection = socket.create_connection((LOOPBACK, port), timeout=5)
    connection.sendall(b"hello")
    assert connection.recv(10) == b"hello"
    return connection


def is_mute(connection: socket.socket, words: bytes = b"again") -> bool:
    connection.settimeout(0.3)
    try:
        connection.sendall(words)
        connection.recv(10)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(5)
    return False


def test_a_cut_line_ends_what_is_on_it_and_takes_the_next(line: tuple[Lines, int]) -> None:
    lines, port = line
    with call(port) as cut:
        assert lines.cut("echo") == 1
        assert cut.recv(10) == b""
    call(port).close()


def test_a_frozen_line_loses_nothing(line: tuple[Lines, int]) -> None:
    lines, port = line
    with call(port) as frozen:
        lines.freeze("echo")
        assert is_mute(frozen)
        lines.thaw("echo")
        assert frozen.recv(10) == b"again"


def test_on_a_silent_line_everything_vanishes_and_nothing_closes(line: tuple[Lines, int]) -> None:
    lines, port = line
    with call(port) as silent:
        assert lines.silence("echo") == 1
        assert is_mute(silent)
        assert is_mute(silent, b"and again")
        call(port).close()


def test_a_gagged_line_is_not_heard_but_hears_on(line: tuple[Lines, int]) -> None:
    lines, port = line
    with call(port) as gagged:
        gagged.sendall(b"count")
        assert gagged.recv(5) == b"count"
        assert lines.gag("echo") == 1
        gagged.sendall(b"again")
        MAY_COUNT.set()
        assert b"".join(gagged.recv(1) for _ in range(3)) == b"123"
        assert is_mute(gagged)
        call(port).close()
