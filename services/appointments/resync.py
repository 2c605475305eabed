"""The state of everything that `appointments` owns, for projections that are built anew."""

from collections.abc import Iterator

from sqlmodel import Session

from services.appointments import booking, line, samples, sessions, sites
from shared.messages.model import Event


def states(db: Session) -> Iterator[Event]:
    """Every aggregate's state as its newest event: sites first, since sessions lie at them, and so on."""
    yield from sites.states(db)
    yield from sessions.states(db)
    yield from booking.states(db)
    yield from line.states(db)
    yield from samples.states(db)
