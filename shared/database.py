"""A part's database: its engine, and the session that a rule is handed, with its clock."""

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from shared.parts import Part
from shared.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def now(db: Session) -> datetime:
    """The time by the session's clock: rules use this and no other, so that a test can set it."""
    return db.info["clock"]()


def engine_of(part: Part, settings: Settings, *, connections: int | None = None) -> sa.Engine:
    """An engine on a part's database; opens nothing yet."""
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
    from shared.messaging.outbox import write_at_commit

    db = Session(engine, expire_on_commit=False, info={"clock": clock})
    event.listen(db, "before_commit", write_at_commit)
    return db
