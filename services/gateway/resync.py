"""The current state of everything that others keep a copy of, to rebuild it from."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from services.gateway.tables import OptOutChoice, TextBatch
from shared.messages.gateway import BatchProgressed, OptOutChanged
from shared.messages.model import Event


def states(db: Session) -> Iterator[Event]:
    """Every phone's choice, and every batch's progress as it was last told."""
    for choice in db.exec(select(OptOutChoice).execution_options(yield_per=500)):
        yield OptOutChanged(phone_index=choice.phone_index, version=choice.version, is_stopped=choice.is_stopped)
    for batch in db.exec(select(TextBatch).where(col(TextBatch.version) > 0).execution_options(yield_per=500)):
        yield BatchProgressed(
            batch=batch.id,
            notice=batch.notice,
            version=batch.version,
            counts=batch.told_counts,  # pyright: ignore[reportArgumentType]
        )
