"""Sites, collection sessions and visits, as `appointments` tells them."""

from sqlmodel import Session

from portal.projections.newest import keep_newest
from portal.projections.settling import note_done
from portal.tables import CollectionSession, Site, Visit
from shared.messages.appointments import SessionChanged, SiteChanged, VisitState


def keep_site(db: Session, event: SiteChanged) -> None:
    """A site has a new state."""
    keep_newest(db, Site, event.model_dump())
    note_done(db, event)


def keep_session(db: Session, event: SessionChanged) -> None:
    """A session has a new state."""
    keep_newest(db, CollectionSession, event.model_dump())
    note_done(db, event)


def keep_visit(db: Session, event: VisitState) -> None:
    """A family's visit has a new state."""
    keep_newest(db, Visit, event.model_dump())
    note_done(db, event)
