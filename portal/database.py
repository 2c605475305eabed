"""The portal's way to its database: plain SQL on a pool of psycopg's asynchronous connections, statements prepared."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.adapt import AdaptersMap
from psycopg.rows import AsyncRowFactory, DictRow, dict_row, tuple_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool
from pydantic_core import from_json

from shared.parts import Part
from shared.settings import Settings

Row = dict[str, Any]
Cursor = AsyncCursor[DictRow]
Parameters = Mapping[str, Any]

PREPARE_AFTER = 2
"""A statement that came this often on a connection is prepared there."""


class Database:
    """The portal's database. Open it before use; a read survives a connection that died since its last use."""

    def __init__(self, settings: Settings, *, connections: int = 16) -> None:
        self.url = conninfo(settings)
        self._tries = connections + 1
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            self.url,
            min_size=min(2, connections),
            max_size=connections,
            timeout=3,
            max_idle=600,
            open=False,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": PREPARE_AFTER,
                "context": _adapters(),
                **CONNECTING,
            },
        )

    async def open(self) -> None:
        """Start the pool; does not wait for the database."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def one(self, query: LiteralString, parameters: Parameters | None = None) -> Row | None:
        """The first row of a read, or None. What it writes, if anything, must bear being written twice."""
        rows = await self.all(query, parameters)
        return rows[0] if rows else None

    async def all(self, query: LiteralString, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a read. What it writes, if anything, must bear being written twice."""
        return await self._read(query, parameters, dict_row)

    async def values(self, query: LiteralString, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Every row of a read as its values in their order: for a read of which every page has one."""
        return await self._read(query, parameters, tuple_row)

    async def _read(
        self, query: LiteralString, parameters: Parameters | None, row_factory: AsyncRowFactory[Any]
    ) -> list[Any]:
        try:
            return await self._fetch(query, parameters, row_factory)
        except CutOff:
            return await self._fetch(query, parameters, row_factory)

    async def _fetch(
        self, query: LiteralString, parameters: Parameters | None, row_factory: AsyncRowFactory[Any]
    ) -> list[Any]:
        async with self._ready(row_factory) as cursor:
            await cursor.execute(query, parameters)
            return await cursor.fetchall()

    async def run(self, query: LiteralString, parameters: Parameters | None = None) -> int:
        """Carry out one statement in a transaction of its own. Returns how many rows it touched."""
        async with self._ready() as cursor:
            await cursor.execute(query, parameters)
            return cursor.rowcount

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Cursor]:
        """A cursor in a transaction: committed at the end, rolled back by an exception."""
        async with self._ready() as cursor, cursor.connection.transaction():
            yield cursor

    @asynccontextmanager
    async def _ready(self, row_factory: AsyncRowFactory[Any] = dict_row) -> AsyncGenerator[AsyncCursor[Any]]:
        connection = await self._living_connection()
        try:
            async with connection.cursor(row_factory=row_factory) as cursor:
                yield cursor
        finally:
            await self._pool.putconn(connection)

    async def _living_connection(self) -> AsyncConnection[DictRow]:
        # After a restart of the server every pooled connection is dead, and says so only when it is used: its socket
        # has become readable, which an idle one never is.
        for _ in range(self._tries):
            connection = await self._pool.getconn()
            if not _has_hung_up(connection):
                return connection
            await connection.close()
            await self._pool.putconn(connection)
        return await self._pool.getconn()


CONNECTING = {"connect_timeout": 5, "application_name": "sila-portal-web", "options": "-c timezone=UTC"}


def _adapters() -> AdaptersMap:
    """How values are read: JSON by pydantic's parser, in a third of the time of the standard library's."""
    adapters = AdaptersMap(psycopg.adapters)
    set_json_loads(from_json, adapters)
    return adapters


def conninfo(settings: Settings) -> str:
    """The portal's database as libpq wants it."""
    return settings.database_of(Part.PORTAL).replace("postgresql+psycopg://", "postgresql://", 1)


def _has_hung_up(connection: AsyncConnection[DictRow]) -> bool:
    import select

    if connection.closed:
        return True
    poller = select.poll()
    poller.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP)
    return bool(poller.poll(0))


DatabaseAway = (psycopg.OperationalError,)
"""What is raised while the database cannot be reached (`PoolTimeout` is one of them)."""

CutOff = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)
"""What a statement gets whose connection the server is just ending: it was not carried out."""

__all__ = ["Cursor", "Database", "DatabaseAway", "Parameters", "Row", "conninfo"]
