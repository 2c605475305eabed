"""What owners tell: the present state of all that they own, as events, read from their databases portion by portion."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import islice

import sqlalchemy as sa
from sqlmodel import Session

from infra.keeping.copies import Copy
from shared.messages.model import Event
from shared.parts import Part

AT_ONCE = 500
"""States in hand at a time: what a million rows need of memory is this many."""

# How many states there are, for whoever shows how far they were told.
_COUNTED: dict[Part, str] = {
    Part.REPORTS: """
        SELECT 2 * (SELECT count(*) FROM report) + (SELECT count(DISTINCT reference) FROM wishes)
             + (SELECT count(*) FROM second_contact) + (SELECT count(*) FROM concern)""",
    Part.APPOINTMENTS: """
        SELECT (SELECT count(*) FROM site) + (SELECT count(*) FROM collection_session) + (SELECT count(*) FROM visit)
             + (SELECT count(*) FROM sample)""",
    Part.OUTREACH: """
        SELECT (SELECT count(*) FROM meeting) + (SELECT count(*) FROM reply)
             + (SELECT coalesce(sum((n + 199) / 200), 0)
                FROM (SELECT count(*) AS n FROM last_question GROUP BY notice) AS asked)""",
    Part.GATEWAY: """
        SELECT (SELECT count(*) FROM opt_out_choice) + (SELECT count(*) FROM text_batch WHERE version > 0)""",
    Part.MATCHING: """
        SELECT (SELECT count(*) FROM sample WHERE state <> 'collected')
             + (SELECT count(DISTINCT reference) FROM contact_request WHERE version > 0)""",
}


def owners_of(copies: Sequence[Copy]) -> list[Part]:
    """Whose states these copies are, in the order in which they are best told: files before what belongs to them."""
    told = {c.origin.part for c in copies}
    return [part for part in _COUNTED if part in told]


def count_states(db: Session, owner: Part) -> int:
    """How many states an owner would tell."""
    return int(db.connection().execute(sa.text(_COUNTED[owner])).scalar_one())


def portions(db: Session, owner: Part, models: tuple[type[Event], ...]) -> Iterator[tuple[int, list[Event]]]:
    """The owner's states, AT_ONCE of them at a time: how many were read, and those that are of these models."""
    states: Iterator[Event] = iter(import_module(f"services.{owner}.resync").states(db))
    while portion := list(islice(states, AT_ONCE)):
        yield len(portion), [state for state in portion if isinstance(state, models)]
