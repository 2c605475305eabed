"""Every file and contact as it is now, for those who keep a projection of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from services.reports import contacts, files
from services.reports.tables import Contact, Phone, Report, StatusEntry
from shared.messages.model import Event

_AT_ONCE = 500


def states(db: Session) -> Iterator[Event]:
    """The contact and the state of every report, in the order of their references."""
    after = ""
    while True:
        page = select(Report).where(col(Report.reference) > after).order_by(col(Report.reference)).limit(_AT_ONCE)
        reports = db.exec(page.execution_options(populate_existing=True)).all()
        yield from _states_of(db, reports)
        if len(reports) < _AT_ONCE:
            return
        after = reports[-1].reference
        db.expunge_all()


def _states_of(db: Session, reports: Sequence[Report]) -> Iterator[Event]:
    references = [report.reference for report in reports]
    reached = {c.reference: c for c in db.exec(select(Contact).where(col(Contact.reference).in_(references)))}
    phones = _phones(db, [contact.id for contact in reached.values()])
    steps = _steps(db, references)
    for report in reports:
        contact = reached[report.reference]
        phone = phones.get(contact.id)
        yield contacts.contact_changed(contact, phone)
        yield files.compose_state(report, contact, phone, steps[report.reference])


def _phones(db: Session, of: Sequence[UUID]) -> dict[UUID, Phone]:
    current = select(Phone).where(col(Phone.contact).in_(of), col(Phone.until).is_(None))
    return {phone.contact: phone for phone in db.exec(current)}


def _steps(db: Session, references: Sequence[str]) -> defaultdict[str, list[StatusEntry]]:
    steps: defaultdict[str, list[StatusEntry]] = defaultdict(list)
    wanted = select(StatusEntry).where(col(StatusEntry.reference).in_(references)).order_by(col(StatusEntry.id))
    for step in db.exec(wanted):
        steps[step.reference].append(step)
    return steps
