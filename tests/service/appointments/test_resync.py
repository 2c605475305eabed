"""Everything that appointments owns can be told anew, as it is now."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlmodel import Session

from services.appointments import resync
from services.appointments.attendance import check_in
from services.appointments.booking import cancel_visit
from services.appointments.samples import register_sample
from shared.database import open_session
from shared.messages.appointments import (
    CancelVisit,
    CheckIn,
    SampleCollected,
    SessionChanged,
    SiteChanged,
    VisitAttended,
    VisitBooked,
    VisitCancelled,
)
from shared.messages.model import Event
from shared.parts import Part
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import NOON, STAFF, a_sample, a_session, a_site, a_visit, told

TOLD = (SiteChanged, SessionChanged, VisitBooked, VisitCancelled, VisitAttended, SampleCollected)


def newest(events: list[Event]) -> dict[tuple[str, str], Event]:
    """Each aggregate's newest state: of the three kinds of a visit's states, the last."""
    latest: dict[tuple[str, str], Event] = {}
    for event in events:
        key = (str(event.key_field), event.ordering_key)
        if key not in latest or event.version > latest[key].version:  # pyright: ignore
            latest[key] = event
    return latest


def test_what_is_told_anew_is_what_was_told_last(part_database: Callable[[Part], sa.Engine]) -> None:
    with open_session(part_database(Part.APPOINTMENTS), clock=lambda: NOON) as db:
        lead_a_life(db)

        anew = list(resync.states(db))

        assert newest(anew) == newest([event for kind in TOLD for event in told(db, kind)])
        assert len(anew) == len(newest(anew)) == 10
        db.rollback()


def lead_a_life(db: Session) -> None:
    """Two sites, a session, visits in every state, samples for one and for several files."""
    session = a_session(db, site=a_site(db), free=9)
    a_visit(db, session, places=2)
    cancelled = a_visit(db, session)
    cancel_visit(db, CancelVisit(actor=family_of(cancelled.reference), visit=cancelled.id))
    check_in(db, CheckIn(visit=a_visit(db, session).id, people=1, actor=staff_of("mld", STAFF)))
    register_sample(db, a_sample(db, barcode="IQ-000801"))
    register_sample(db, a_sample(db, barcode="IQ-000802", references=[new_reference() for _ in range(3)]))
    a_site(db, governorate=None, time_zone="Europe/Berlin")
