"""Every file and contact as it is now, for those who keep a projection of them."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from services.reports import contacts, files
from services.reports.tables import Report
from shared.messages.model import Event

_AT_ONCE = 500


def states(db: Session) -> Iterator[Event]:
    """The contact and the state of every report, in the order of their references."""
    after = ""
    while True:
        page = select(Report).where(col(Report.reference) > after).order_by(col(Report.reference)).limit(_AT_ONCE)
        reports = db.exec(page).all()
        for report in reports:
            contact = files.contact_of(db, report.reference)
            yield contacts.contact_changed(contact, files.phone_of(db, contact))
            yield files.state_of(db, report)
        if len(reports) < _AT_ONCE:
            return
        after = reports[-1].reference
        db.expunge_all()
