"""Families' files, as `reports` tells of them: when one is closed, its visits to come are cancelled, and it
waits no more."""

from sqlmodel import Session, col, select

from services.appointments import booking, line, waiting
from services.appointments.tables import CollectionSession, FileState, Visit
from services.appointments.visits import lock_visits
from shared.database import now
from shared.messages.reports import ReportChanged

NEWEST = """
INSERT INTO file_state (reference, version, is_open, institution)
VALUES (%(reference)s, %(version)s, %(is_open)s, %(institution)s)
ON CONFLICT (reference) DO UPDATE SET version = excluded.version, is_open = excluded.is_open,
    institution = excluded.institution
WHERE file_state.version < excluded.version
RETURNING is_open
"""


def is_closed_for(db: Session, reference: str, institution: str) -> bool:
    """Whether a file is closed and this institution's: of another's, its staff are not told that there is one."""
    own = (FileState.reference == reference, FileState.institution == institution)
    return db.exec(select(FileState.is_open).where(*own)).first() is False


def follow_file(db: Session, message: ReportChanged) -> None:
    """Keep whether a file is open and who is responsible, by its newest version; release the visits of a closed one."""
    state = message.model_dump(include={"reference", "version", "is_open", "institution"})
    is_open = db.connection().exec_driver_sql(NEWEST, state).scalar()
    if is_open is False:
        to_come = (col(Visit.state) == "booked", col(CollectionSession.starts_at) > now(db))
        booking.release(db, lock_visits(db, col(Visit.reference) == message.reference, *to_come))
        for entry in line.lock_of_file(db, message.reference):
            waiting.end(db, entry, "file_closed")
