"""The journal keeps what it promised, and nothing that was cut."""

import asyncio
from pathlib import Path

import pytest

from infra.simulator.journal import Journal, JournalInUseError


def lines_of(path: Path) -> list[dict[str, object]]:
    async def read() -> list[dict[str, object]]:
        journal = Journal(path)
        lines = list(journal.read())
        await journal.close()
        return lines

    return asyncio.run(read())


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal"

    async def write() -> None:
        journal = Journal(path)
        journal.start()
        await asyncio.gather(*(journal.keep({"n": n, "text": "مرحبا\n"}) for n in range(500)))
        await journal.close()

    asyncio.run(write())
    assert lines_of(path) == [{"n": n, "text": "مرحبا\n"} for n in range(500)]


@pytest.mark.parametrize("cut", [b'{"n":', b'{"n":2}', b"\xd8"])
def test_a_cut_line_is_removed_and_the_next_stands_alone(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b'{"n":1}\n' + cut)

    async def add() -> None:
        journal = Journal(path)
        assert list(journal.read()) == [{"n": 1}]
        journal.start()
        await journal.keep({"n": 3})
        await journal.close()

    asyncio.run(add())
    assert lines_of(path) == [{"n": 1}, {"n": 3}]


def test_clearing_leaves_only_what_comes_after(tmp_path: Path) -> None:
    async def write() -> None:
        journal = Journal(tmp_path / "journal")
        journal.start()
        await journal.keep({"n": 1})
        await journal.clear()
        await journal.keep({"n": 2})
        await journal.close()

    asyncio.run(write())
    assert lines_of(tmp_path / "journal") == [{"n": 2}]


def test_a_disk_that_refuses_is_told_to_those_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def write() -> None:
        journal = Journal(tmp_path / "journal")
        journal.start()
        await journal.keep({"n": 1})
        with monkeypatch.context() as broken:
            broken.setattr("os.fdatasync", refuse)
            with pytest.raises(OSError, match="full"):
                await journal.keep({"n": 2})
        await journal.keep({"n": 3})
        await journal.close()

    def refuse(file: int) -> None:
        raise OSError("the disk is full")

    asyncio.run(write())
    assert lines_of(tmp_path / "journal") == [{"n": 1}, {"n": 3}]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Journal(tmp_path / "journal")
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0


def test_two_do_not_write_to_one_journal(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal")
    with pytest.raises(JournalInUseError):
        Journal(tmp_path / "journal")
    asyncio.run(first.close())
    asyncio.run(Journal(tmp_path / "journal").close())
