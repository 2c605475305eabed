"""The simulator's memory on disk: JSON lines, appended, several at a time per fsync (group commit)."""

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class JournalInUseError(Exception):
    """Another simulator writes to this journal."""


class Journal:
    """An append-only file. What `keep` returned from survives `kill -9` and a power cut.

    Raises JournalInUseError when another process has it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise JournalInUseError(f"Another carrier simulator is using {path}.") from None
        self._size = os.fstat(self._file).st_size
        self._pending: list[bytes] = []
        self._batch: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._task: asyncio.Task[None] | None = None

    def read(self) -> Iterator[Line]:
        """The lines so far. A last line that was cut by a crash is removed: nobody was promised it."""
        whole = 0
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield json.loads(line)
        os.ftruncate(self._file, whole)
        self._size = whole

    def start(self) -> None:
        """Begin to write what is noted."""
        self._task = asyncio.create_task(self._write_for_ever(), name="journal")

    async def close(self) -> None:
        """Write the rest and let go of the file."""
        if self._task:
            while self._batch:
                await asyncio.shield(self._batch)
            self._task.cancel()
        self._thread.shutdown()
        os.close(self._file)

    def note(self, line: Line) -> "asyncio.Future[None]":
        """Append a line soon; the future is done when it is on the disk."""
        if self._batch is None:
            self._batch = asyncio.get_running_loop().create_future()
        self._pending.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._wake.set()
        return self._batch

    async def keep(self, line: Line) -> None:
        """Append a line and return once it is on the disk. Raises OSError if the disk refuses it."""
        await asyncio.shield(self.note(line))

    async def clear(self) -> None:
        """Forget everything."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._truncate)

    def _truncate(self) -> None:
        os.ftruncate(self._file, 0)
        os.fsync(self._file)
        self._size = 0

    async def _write_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            lines, self._pending = self._pending, []
            batch, self._batch = self._batch, None
            if batch is None:
                continue
            # A line nobody waits for may fail unseen; the next that is waited for tells.
            batch.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                await loop.run_in_executor(self._thread, self._write, b"".join(lines))
            except OSError as error:
                batch.set_exception(error)
            else:
                batch.set_result(None)

    def _write(self, lines: bytes) -> None:
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(lines)
