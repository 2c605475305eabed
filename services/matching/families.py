"""Families' files as `reports` tells of them: whose each is, whether it is open, whether its phone is verified."""

from random import Random
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from services.matching.contacting import lock_family
from services.matching.routine import plan_next
from services.matching.tables import Family
from shared.messages.reports import ReportChanged


def know_family(db: Session, event: ReportChanged, chance: Random) -> None:
    """Keep a file's newest state, and see to it that its routine contact is planned."""
    told: dict[str, Any] = {
        "version": event.version,
        "institution": event.institution,
        "is_verified": event.is_verified,
        "is_open": event.is_open,
    }
    statement = insert(Family).values(reference=event.reference, told_version=0, **told)
    newer = statement.on_conflict_do_update(
        index_elements=["reference"], set_=told, where=col(Family.version) < event.version
    ).returning(col(Family.reference))
    if db.exec(newer).first() is not None:
        plan_next(db, lock_family(db, event.reference), chance)
