"""A part's database: its engine, and the session that a rule is handed, with its clock.

SQLAlchemy comes in with the first engine: the portal reads and writes without it, and starts in half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.parts import Part
from shared.settings import Settings

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa
    from sqlalchemy.orm import Session as AnySession
    from sqlmodel import Session

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def now(db: Session) -> datetime:
    """The time by the session's clock: rules use this and no other, so that a test can set it."""
    return db.info["clock"]()


def engine_of(part: Part, settings: Settings, *, connections: int | None = None) -> sa.Engine:
    """An engine on a part's database; opens nothing yet."""
    import sqlalchemy as sa
    from sqlalchemy.pool import QueuePool

    return sa.create_engine(
        settings.database_of(part),
        poolclass=QueuePool,
        pool_size=connections or settings.workers,
        max_overflow=0,
        pool_timeout=30,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 10,
            "application_name": f"sila-{part}",
            "options": "-c timezone=UTC",
        },
    )


def open_session(engine: sa.Engine, clock: Clock = utc_now) -> Session:
    """A session whose published messages are written to the outbox at its commit."""
    from shared.messaging.unit_of_work import UnitOfWork

    return UnitOfWork(engine, expire_on_commit=False, info={"clock": clock})


@contextmanager
def one_round_trip(db: AnySession) -> Generator[psycopg.Connection[Any]]:
    """The session's connection, to run statements in its transaction whose answers are awaited once, at the end.

    Their results may be read after the block. A transaction's beginning travels with its first statement, and its
    end can travel with its last: for a single message that is two of five round trips. Raises SQLAlchemy's errors.
    """
    import psycopg
    from sqlalchemy.exc import DBAPIError

    connection = db.connection()
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield driver
    except psycopg.Error as error:
        is_gone = bool(driver.closed)
        if is_gone:
            connection.invalidate(error)
            connection.engine.dispose(close=False)  # those that lie in the pool are gone as well
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=is_gone
        ) from error
