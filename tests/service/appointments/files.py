"""What `reports` tells of a family's file."""

from uuid import uuid4

from sqlmodel import Session

from services.appointments.files import follow_file
from shared.messages.reports import ReportChanged


def a_file(db: Session, reference: str, *, is_open: bool, version: int = 1, institution: str = "mgd") -> None:
    """A file's state arrives."""
    status = "registered" if is_open else "closed_at_family_request"
    state = ReportChanged(
        reference=reference,
        version=version,
        institution=institution,
        status=status,
        timeline=[],
        needs=[],
        governorate=None,
        event=None,
        contact=uuid4(),
        is_verified=True,
        language="ar",
        channel="sms",
        detail="neutral",
        consent_contact=["sms"],
        consent_share=[],
        is_open=is_open,
    )
    follow_file(db, state)
