import asyncio

import pytest
import uvloop

from infra.simulator.webhooks.line import Lines, WebhookError, _Line

ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(ANSWER)


class Gone:
    """uvloop's transport in the moment between its end and `connection_lost`."""

    def write(self, _data: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


async def send_on_a_line_that_just_ended() -> tuple[int, int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    lines = Lines(1)
    first = await lines.send("POST", url, {}, b"")
    [[idle]] = lines._idle.values()
    assert isinstance(idle, _Line)
    idle._transport = Gone()
    with pytest.raises(WebhookError):
        await lines.send("POST", url, {}, b"")
    second = await lines.send("POST", url, {}, b"")
    server.close()
    return first.status, second.status


def test_a_line_that_has_just_ended_is_no_answer_and_the_next_call_takes_another() -> None:
    assert uvloop.run(send_on_a_line_that_just_ended()) == (204, 204)
