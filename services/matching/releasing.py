"""A round: all who are to be asked to get in touch, routine and grave alike, are asked together, in random order."""

from collections.abc import Iterable
from datetime import datetime
from random import Random

from sqlmodel import Session, col, select

from services.matching import routine
from services.matching.rounds import schedule_next
from services.matching.tables import ContactRequest, Family
from shared.database import now
from shared.messages.matching import ContactRequested, RoundDue
from shared.messaging.outbox import publish

HELD_SHARE = 0.2
"""How many are kept for the round after, once, whatever their occasion: the round itself then says nothing either."""


def release_round(db: Session, command: RoundDue, chance: Random) -> None:
    """Ask the families whose requests are planned, and schedule the next round.

    Routine contacts are planned a round ahead: else only what is planned between two rounds would be there to see.
    """
    next_at = schedule_next(db, command.round_at)
    routine.plan_those_due(db, now(db))
    planned = _planned(db)
    chance.shuffle(planned)
    _ask_or_hold(db, planned, chance)
    routine.plan_those_due(db, next_at)


def _planned(db: Session) -> list[tuple[Family, ContactRequest]]:
    """What is planned for families who can be asked: their file is open, their phone verified, and they do not wait."""
    wanted = (
        select(Family, ContactRequest)
        .join(ContactRequest, col(Family.reference) == col(ContactRequest.reference))
        .where(ContactRequest.state == "planned", Family.is_open, Family.is_verified, ~col(Family.wants_to_wait))
        .order_by(Family.reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.exec(wanted).all())


def _ask_or_hold(db: Session, planned: Iterable[tuple[Family, ContactRequest]], chance: Random) -> None:
    at = now(db)
    for family, request in planned:
        if not request.is_held and chance.random() < HELD_SHARE:
            request.is_held = True
        else:
            _ask(db, family, request, at)


def _ask(db: Session, family: Family, request: ContactRequest, at: datetime) -> None:
    family.told_version += 1
    request.version = family.told_version
    request.state = "assigned" if request.case_manager else "requested"
    request.requested_at = at
    publish(db, requested(request))


def requested(request: ContactRequest) -> ContactRequested:
    """That a family is asked, as it is told: the same for every occasion."""
    return ContactRequested(reference=request.reference, contact_request=request.id, version=request.version)
