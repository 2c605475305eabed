"""Sites, collection sessions and visits, as `appointments` tells them."""

from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.tables import CollectionSession, Site, Visit, WaitingEntry
from shared.messages.appointments import SessionChanged, SiteChanged, VisitState, WaitingChanged


def keep_site(db: Session, *events: SiteChanged) -> None:
    """Sites have new states."""
    keep_newest(db, Site, [event.model_dump() for event in events])
    note_done(db, events)


def keep_session(db: Session, *events: SessionChanged) -> None:
    """Sessions have new states."""
    keep_newest(db, CollectionSession, [event.model_dump() for event in events])
    note_done(db, events)


def keep_visit(db: Session, *events: VisitState) -> None:
    """Families' visits have new states; those of one call are events of one kind."""
    keep_newest(db, Visit, [event.model_dump() for event in events])
    note_done(db, events)


def keep_waiting(db: Session, *events: WaitingChanged) -> None:
    """Families' places in the waiting line have new states."""
    keep_newest(db, WaitingEntry, [event.model_dump() for event in events])
    note_done(db, events)
