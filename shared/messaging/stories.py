"""Which messages belong together: whatever one message at a door has led to shares the first half of its id, so that
its way can be followed through every database by the keys that are there anyway."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4, uuid5

_HALF = 1 << 64
_VARIANT = 0b10 << 62  # RFC 9562: the two bits that every UUID of ours begins its second half with
_CARRIER_TEXTS = UUID("3d6f2c1b-8a4e-4f57-9b0e-6f1d2a7c5e90")

_told_in: ContextVar[UUID | None] = ContextVar("story", default=None)


def new_message_id(story: UUID | None = None) -> UUID:
    """An id for a message of a story: of the one that is given, else of the one that is being told, else of its own."""
    story = story or _told_in.get()
    if story is None:
        return uuid4()
    chance = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=story.int // _HALF * _HALF + _VARIANT + chance)


def bounds_of(message: UUID) -> tuple[UUID, UUID]:
    """The first and the last id that a message of the same story can have."""
    first = message.int // _HALF * _HALF
    return UUID(int=first), UUID(int=first + _HALF - 1)


def story_of_text(carrier_id: str) -> UUID:
    """The story that begins with a text from a phone, by the carrier's id for it."""
    return uuid5(_CARRIER_TEXTS, carrier_id)


@contextmanager
def telling(story: UUID) -> Generator[None]:
    """What is published in this block, by this task, belongs to a story."""
    token = _told_in.set(story)
    try:
        yield
    finally:
        _told_in.reset(token)
