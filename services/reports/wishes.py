"""What a family wishes for the day that there is something to tell."""

from sqlmodel import Session, col, select

from services.reports import files
from services.reports.files import lock_own_open_report
from services.reports.sealed import opened, seal, unseal
from services.reports.tables import Wishes
from shared.database import now
from shared.messages.model import seal_content
from shared.messages.reports import FamilyWishes, SetWishes, WishesChanged
from shared.messaging.outbox import publish


def set_wishes(db: Session, command: SetWishes) -> None:
    """Keep what a family wishes; earlier wishes stay on record. Refuses with NotYours or FileClosed.

    That it wants to wait is part of its file's state, which is told for every family alike: who asks families to get in
    touch then leaves it alone, whatever the occasion.
    """
    report = lock_own_open_report(db, command)
    wishes = opened(command.wishes, FamilyWishes, command.reference)
    kept = Wishes(
        reference=command.reference,
        told_by=wishes.by,
        tell_when=wishes.when,
        further_remains=wishes.further_remains,
        burial_of_further=wishes.burial_of_further,
        sealed_wishes=seal(wishes.model_dump_json(exclude_none=True), f"wishes:{command.reference}"),
        recorded_by=command.by,
        recorded_at=now(db),
    )
    db.add(kept)
    db.flush()
    report.wants_to_wait = wishes.when == "not_yet"
    files.report_changed(db, report)
    publish(db, wishes_changed(kept))


def wishes_changed(kept: Wishes) -> WishesChanged:
    """What a family wishes now, as its own page is told."""
    assert kept.id is not None
    sealed = seal_content(_unsealed(kept), kept.reference)
    return WishesChanged(reference=kept.reference, version=kept.id, wishes=sealed)


def wishes_of(db: Session, reference: str) -> FamilyWishes | None:
    """The wishes that count now."""
    last = select(Wishes).where(col(Wishes.reference) == reference).order_by(col(Wishes.id).desc()).limit(1)
    found = db.exec(last).first()
    return found and _unsealed(found)


def _unsealed(kept: Wishes) -> FamilyWishes:
    return FamilyWishes.model_validate_json(unseal(kept.sealed_wishes, f"wishes:{kept.reference}"))
