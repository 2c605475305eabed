"""The lines between parts: each goes through a small proxy here, where it can be cut, frozen, gagged, or fall
silent."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

LOOPBACK = "127.0.0.1"
_CHUNK = 64 * 1024


@dataclass
class Line:
    """One listening port and where it leads to."""

    name: str
    port: int
    target: int
    open: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set["Connection"] = field(default_factory=set)


class Connection:
    """One connection through a line: two directions, one fate."""

    def __init__(self, line: Line, near: asyncio.StreamWriter) -> None:
        self.line, self.near = line, near
        self.far: asyncio.StreamWriter | None = None
        self.is_silent = self.is_gagged = False

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Forward until either side ends. A silent one swallows everything and ends only with its caller."""
        try:
            await self.line.open.wait()
            far_reader, self.far = await asyncio.open_connection(LOOPBACK, self.line.target)
            back = asyncio.create_task(self._pump(far_reader, self.near))
            try:
                await self._pump(reader, self.far)
            finally:
                back.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await back
        except OSError:
            pass
        finally:
            self.cut()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self.line.open.wait()
                if not (self.is_silent or (self.is_gagged and writer is self.far)):
                    writer.write(chunk)
                    await writer.drain()
        if not self.is_silent:
            writer.transport.abort()

    def cut(self) -> None:
        """End both sides at once, whatever is under way."""
        for writer in (self.near, self.far):
            if writer is not None:
                writer.transport.abort()


class Lines:
    """All lines, in an event loop of their own thread."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)
        self._thread.start()

    def add(self, name: str, port: int, target: int) -> int:
        """Open a line. Returns its port."""
        self._do(self._add(name, port, target))
        return port

    def names(self, ending: str = "") -> list[str]:
        """The lines' names, those with an ending."""
        return [name for name in self._lines if name.endswith(ending)]

    def cut(self, name: str) -> int:
        """Cut every connection of a line; new ones get through. Returns how many."""
        return self._do(self._cut(name))

    def freeze(self, name: str) -> None:
        """Let nothing pass, until `thaw`; nothing is lost and nobody is told."""
        self._do(self._set(name, is_open=False))

    def thaw(self, name: str) -> None:
        """Let everything pass again."""
        self._do(self._set(name, is_open=True))

    def silence(self, name: str) -> int:
        """Swallow whatever comes on the connections of now, without closing them. Returns how many."""
        return self._do(self._silence(name))

    def gag(self, name: str) -> int:
        """Swallow what the near side says on the connections of now, while it hears on. Returns how many."""
        return self._do(self._gag(name))

    def stop(self) -> None:
        """Close everything."""
        for name in self._lines:
            self.cut(name)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _add(self, name: str, port: int, target: int) -> None:
        line = Line(name, port, target)
        line.open.set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(line, writer)
            line.connections.add(connection)
            try:
                await connection.run(reader)
            finally:
                line.connections.discard(connection)

        await asyncio.start_server(take, LOOPBACK, port, backlog=200)
        self._lines[name] = line

    async def _set(self, name: str, *, is_open: bool) -> None:
        gate = self._lines[name].open
        gate.set() if is_open else gate.clear()

    async def _cut(self, name: str) -> int:
        connections = list(self._lines[name].connections)
        for connection in connections:
            connection.cut()
        return len(connections)

    async def _gag(self, name: str) -> int:
        connections = list(self._lines[name].connections)
        for connection in connections:
            connection.is_gagged = True
        return len(connections)

    async def _silence(self, name: str) -> int:
        connections = [c for c in self._lines[name].connections if not c.is_silent]
        for connection in connections:
            connection.is_silent = True
        return len(connections)
