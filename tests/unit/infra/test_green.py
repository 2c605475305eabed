"""Whether a socket is ready, as psycopg's wait under green threads asks."""

import select
import socket
from contextlib import suppress

import psycopg
import pytest

from infra.green import READ, WRITE, Poll


def test_a_socket_is_ready_to_write_and_to_read_once_something_came() -> None:
    one, other = socket.socketpair()
    with one, other:
        ready = Poll(select)
        assert ready(one.fileno(), READ) == 0
        assert ready(one.fileno(), READ | WRITE) == WRITE
        other.send(b"x")
        assert ready(one.fileno(), READ) == READ
        assert ready(one.fileno(), READ | WRITE) == READ | WRITE


def test_a_full_pipe_is_not_ready_to_write() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                one.send(b"x" * 65536)
        assert Poll(select)(one.fileno(), WRITE) == 0


def test_a_shut_socket_is_told_apart() -> None:
    one, other = socket.socketpair()
    with other:
        number = one.fileno()
        one.close()
        with pytest.raises(psycopg.OperationalError):
            Poll(select)(number, READ)
