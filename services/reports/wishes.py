"""What a family wishes for the day that there is something to tell."""

from sqlmodel import Session, col, select

from services.reports.files import lock_open_report
from services.reports.sealed import opened, seal, unseal
from services.reports.tables import Wishes
from shared.database import now
from shared.messages.reports import FamilyWishes, SetWishes


def set_wishes(db: Session, command: SetWishes) -> None:
    """Keep what a family wishes; earlier wishes stay on record. Refuses with FileClosed."""
    lock_open_report(db, command.reference)
    wishes = opened(command.wishes, FamilyWishes, command.reference)
    db.add(
        Wishes(
            reference=command.reference,
            told_by=wishes.by,
            tell_when=wishes.when,
            further_remains=wishes.further_remains,
            burial_of_further=wishes.burial_of_further,
            sealed_wishes=seal(wishes.model_dump_json(exclude_none=True), f"wishes:{command.reference}"),
            recorded_by=command.by,
            recorded_at=now(db),
        )
    )


def wishes_of(db: Session, reference: str) -> FamilyWishes | None:
    """The wishes that count now."""
    last = select(Wishes).where(col(Wishes.reference) == reference).order_by(col(Wishes.id).desc()).limit(1)
    found = db.exec(last).first()
    return found and FamilyWishes.model_validate_json(unseal(found.sealed_wishes, f"wishes:{reference}"))
