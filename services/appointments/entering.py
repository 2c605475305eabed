"""A day without power, entered afterwards: each row of the paper list by itself, walk-ins included."""

from datetime import timedelta
from uuid import uuid5

from sqlmodel import Session, select

from services.appointments import attendance, samples
from services.appointments.files import is_closed_for
from services.appointments.places import FileClosed, UnknownSession
from services.appointments.sites import refuse_unless_runs_session
from services.appointments.tables import CollectionSession, Sample
from shared.messages.appointments import EnterRow, RegisterSample
from shared.messaging.refusal import Refusal

AROUND = timedelta(hours=12)
"""How far from its session's hours a sample may have been taken; beyond that the day is a slip of the pen."""


class MismatchedPair(Refusal):
    """The card and the consent sheet bear labels of different pairs."""

    reason = "mismatched_pair"


class AnotherDay(Refusal):
    """The sample is said to have been taken on another day than its session's."""

    reason = "another_day"


def enter_row(db: Session, command: EnterRow) -> Sample:
    """Enter one row: check the family in, or receive it as a walk-in, and register the sample.

    Refuses with NotYours, MismatchedPair, UnknownSession, FileClosed where the file is the own institution's,
    AnotherDay, and as `register_sample` does.
    """
    refuse_unless_runs_session(db, command.actor, command.session)
    if command.barcode != command.sheet_barcode:
        raise MismatchedPair
    session = _session(db, command)
    sample = _as_registered(command, session)
    samples.refuse_if_impossible(db, sample)
    walk_in = uuid5(command.session, command.reference)
    visit = attendance.come(db, command.session, command.reference, command.contact, command.actor, walk_in)
    return samples.register_sample(db, sample.model_copy(update={"visit": visit}))


def _session(db: Session, command: EnterRow) -> CollectionSession:
    found = select(CollectionSession).where(CollectionSession.id == command.session)
    session = db.exec(found.execution_options(populate_existing=True)).first()
    if session is None:
        raise UnknownSession
    if is_closed_for(db, command.reference, command.institution):
        raise FileClosed
    if not session.starts_at - AROUND <= command.taken_at <= session.ends_at + AROUND:
        raise AnotherDay
    return session


def _as_registered(command: EnterRow, session: CollectionSession) -> RegisterSample:
    said = command.model_dump(exclude={"session", "reference", "contact", "sheet_barcode"})
    return RegisterSample.model_validate({**said, "references": [command.reference], "site": session.site})
