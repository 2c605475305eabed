"""The state of everything that `outreach` owns, for projections that are built anew."""

from collections.abc import Iterator

from sqlmodel import Session

from services.outreach import meetings, replies
from shared.messages.model import Event


def states(db: Session) -> Iterator[Event]:
    """Every aggregate's state as its newest event."""
    yield from meetings.states(db)
    yield from replies.states(db)
