"""The way of one message from door to phone, by its id: put together from every part's database."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from portal.staff.oversight.way_steps import Step, steps_at_the_door, steps_in
from portal.staff.oversight.way_texts import Origin, origin_of, steps_of_texts
from shared.database import utc_now
from shared.messages.subscriptions import PART_OF, heard_by
from shared.messaging import parked
from shared.messaging.stories import bounds_of, story_of_text
from shared.parts import Part
from shared.settings import Settings

CARRIER_ID = re.compile(r"(SM|MM)[0-9a-f]{32}")
PATIENCE_MS = 4000
"""An outbox with a million rows is not searched through: its database then counts as not answering."""
SETTLED_WITHIN = timedelta(seconds=2)
LATEST = datetime.max.replace(tzinfo=UTC)


class NotAnId(ValueError):
    """What was written is no id of a message, a text or a batch."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is known of a message and of all that it led to, in the order of time; `away` did not answer."""

    steps: Sequence[Step]
    away: Sequence[Part]
    remembered_days: int


@dataclass(frozen=True, slots=True)
class Sought:
    """An id as it was written: one of ours, or the carrier's for a text."""

    message: UUID | None
    carrier_id: str | None


def parse_id(written: str) -> Sought:
    """An id from a form or a command line. Raises NotAnId."""
    written = written.strip()
    if CARRIER_ID.fullmatch(written):
        return Sought(None, written)
    try:
        return Sought(UUID(written), None)
    except ValueError:
        raise NotAnId from None


def find_way(settings: Settings, sought: Sought) -> Way:
    """Look through every part's database. Blocks; one that does not answer is named, and the others are told."""
    away: list[Part] = []

    def ask(part: Part, read: Callable[[psycopg.Connection[Any]], list[Step]]) -> list[Step]:
        try:
            with parked.connect(settings, part) as db:
                db.execute("SELECT set_config('statement_timeout', %s, false)", (str(PATIENCE_MS),))
                return read(db)
        except psycopg.Error:
            away.append(part)
            return []

    origin = Origin(None, None)

    def gateway(db: psycopg.Connection[Any]) -> list[Step]:
        nonlocal origin
        origin = origin_of(db, sought.message, sought.carrier_id)
        story = _story(sought, origin)
        return [*steps_in(db, Part.GATEWAY, story), *steps_of_texts(db, story, origin.text)]

    steps = ask(Part.GATEWAY, gateway)
    story = _story(sought, origin)
    steps += ask(Part.PORTAL, lambda db: [*steps_at_the_door(db, story, sought.carrier_id)])
    for part in (p for p in Part if p not in away and p is not Part.GATEWAY):
        steps += ask(part, lambda db, part=part: [*steps_in(db, part, story)])
    oldest = utc_now() - timedelta(days=settings.trim_after_days)
    steps += _still_on_the_way(steps, away, oldest)
    return Way(sorted(steps, key=lambda s: s.at or LATEST), away, settings.trim_after_days)


def _story(sought: Sought, origin: Origin) -> tuple[UUID, UUID]:
    """The ids of a story: a text's is that of the message which asked for it, else the message's own."""
    own = sought.message or story_of_text(sought.carrier_id or "")
    return bounds_of(origin.asked_by or own)


def _still_on_the_way(steps: Sequence[Step], away: Sequence[Part], oldest: datetime) -> Iterator[Step]:
    """Messages that left their outbox and were not taken by everybody who hears their kind."""
    waiting = {s.message for s in steps if not s.was_sent}
    taken = {(s.message, s.handler) for s in steps if s.handler}
    newest = utc_now() - SETTLED_WITHIN
    for message, (kind, at) in _kinds(steps).items():
        if message in waiting or not oldest < at < newest:
            continue
        for handler, part in _listeners(kind):
            if (message, handler) not in taken and part not in away:
                what = f"not taken yet by {handler}: the broker holds it, or its outbox did until now"
                yield Step(None, part, what, message, kind, is_trouble=True)


def _kinds(steps: Sequence[Step]) -> dict[UUID, tuple[str, datetime]]:
    return {s.message: (s.kind, s.at) for s in steps if s.message and s.kind and s.at}


def _listeners(kind: str) -> Iterator[tuple[str, Part]]:
    for consumer, part in PART_OF.items():
        for handler, models in heard_by(consumer).items():
            if any(model.kind == kind for model in models):
                yield handler, part
