"""What a test of appointments begins with, stating only what matters to it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from services.appointments.booking import book_visit
from services.appointments.sessions import open_session
from services.appointments.sites import open_site
from services.appointments.tables import CollectionSession, Visit, WaitingEntry
from services.appointments.visits import PlannedVisit
from shared.messages.appointments import BookVisit, OpenSession, OpenSite, RegisterSample, SampleDetails
from shared.messages.model import FamilyActor, seal_content
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.told import told as told

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""The clock of these tests: noon in Baghdad, a Tuesday."""
STAFF = UUID("00000000-0000-4000-8000-00000000000a")


def a_site(db: Session, *, governorate: str | None = "IQ-NI", time_zone: str = "Asia/Baghdad") -> UUID:
    site = uuid4()
    name = {"ar": "مركز سنجار", "en": "Sinjar centre"}
    open_site(
        db, OpenSite(actor=staff_of("mld", STAFF), site=site, name=name, governorate=governorate, time_zone=time_zone)
    )
    return site


def a_session(
    db: Session,
    *,
    site: UUID | None = None,
    free: int = 10,
    starts_in: timedelta = timedelta(days=5),
    hours: int = 6,
    is_women_only: bool = False,
) -> UUID:
    session, starts_at = uuid4(), NOON + starts_in
    open_session(
        db,
        OpenSession(
            actor=staff_of("mld", STAFF),
            session=session,
            site=site or a_site(db),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            capacity=free,
            is_women_only=is_women_only,
        ),
    )
    return session


def a_wish(session: UUID, *, places: int = 1, reference: str | None = None) -> BookVisit:
    """A family's wish for places at a session."""
    reference = reference or new_reference()
    return BookVisit(
        actor=family_of(reference),
        visit=uuid4(),
        reference=reference,
        session=session,
        places=places,
        contact=uuid4(),
    )


def a_visit(db: Session, session: UUID, *, places: int = 1, reference: str | None = None) -> PlannedVisit:
    return book_visit(db, a_wish(session, places=places, reference=reference))


def a_sample(
    db: Session, *, barcode: str, donor: UUID | None = None, references: list[str] | None = None
) -> RegisterSample:
    """The registration of a sample of a sister who gave a blood spot."""
    sample = uuid4()
    details = SampleDetails(donor_name="زينب كاظم", relation="sister", biological="yes", collected_by="س. علي")
    return RegisterSample(
        sample=sample,
        donor=donor or uuid4(),
        barcode=barcode,
        references=references or [new_reference()],
        site=a_site(db),
        taken_at=NOON,
        details=seal_content(details, str(sample)),
        actor=staff_of("mld", STAFF),
    )


def free_places(db: Session, session: UUID) -> int:
    return (
        db.connection().execute(sa.select(CollectionSession.free).where(CollectionSession.id == session)).scalar_one()
    )  # pyright: ignore


def reminders_due(db: Session, visit: UUID) -> list[datetime]:
    """When a visit's reminders are due, first one first."""
    due = sa.text("SELECT due_at FROM due_message WHERE key LIKE :key ORDER BY due_at")
    return list(db.connection().execute(due, {"key": f"reminder:{visit}:%"}).scalars())


def whose(db: Session, thing: UUID) -> FamilyActor:
    """The family that a visit or a place in the waiting line belongs to; of an unknown one, somebody."""
    visit, entry = db.get(Visit, thing), db.get(WaitingEntry, thing)
    found = visit or entry
    return family_of(found.reference if found else new_reference())
