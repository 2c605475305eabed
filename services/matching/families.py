"""Families' files as `reports` tells of them: whose each is, whether it is open, its phone verified, and whether it
wants to wait."""

from random import Random
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.matching.contacting import lock_family, open_request, plan_contact
from services.matching.rounds import keep_rounds_going
from services.matching.routine import next_contact_at, plan_next
from services.matching.tables import Family
from shared.messages.reports import ReportChanged


def know_family(db: Session, event: ReportChanged, chance: Random) -> None:
    """Keep a file's newest state, and see to it that its routine contact is planned.

    A family that wants to wait no more is asked with one of the next rounds, like every family that says so: else only
    those for whom something was waiting would be.
    """
    can_be_asked = event.is_open and event.is_verified and not event.wants_to_wait
    told: dict[str, Any] = {
        "version": event.version,
        "institution": event.institution,
        "is_verified": event.is_verified,
        "is_open": event.is_open,
        "wants_to_wait": event.wants_to_wait,
    }
    waited = _waits(db, event.reference)
    before = db.exec(select(Family.institution).where(Family.reference == event.reference)).first()
    routine_at = next_contact_at(db, chance) if can_be_asked else None
    statement = insert(Family).values(reference=event.reference, told_version=0, routine_contact_at=routine_at, **told)
    newer = statement.on_conflict_do_update(
        index_elements=["reference"], set_=told, where=col(Family.version) < event.version
    ).returning(col(Family.routine_contact_at))
    kept = db.exec(newer).first()
    if kept is None:
        return
    if before not in (None, event.institution):
        _let_new_institution_assign(db, event.reference)
    if waited and not event.wants_to_wait and event.is_open:
        plan_contact(db, event.reference, "ready")
    elif (kept[0] is not None) != can_be_asked:
        plan_next(db, lock_family(db, event.reference), chance)
    keep_rounds_going(db)


def _let_new_institution_assign(db: Session, reference: str) -> None:
    """The contact person was the former institution's: the one that looks after the family now names its own."""
    request = open_request(db, reference)
    if request is not None and request.case_manager is not None:
        request.case_manager = None
        request.state = "requested" if request.state == "assigned" else request.state
        db.add(request)
        db.flush()


def _waits(db: Session, reference: str) -> bool:
    return bool(db.exec(select(Family.wants_to_wait).where(Family.reference == reference)).first())
