"""Every file and contact as it is now, with what its family wishes and said, for those who keep a copy of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from services.reports import concerns, contacts, files, photos, second_contacts, wishes
from services.reports.tables import (
    Concern,
    Contact,
    HandOver,
    Phone,
    Photo,
    Report,
    SecondContact,
    ShareAsked,
    StatusEntry,
    Wishes,
)
from shared.messages.model import Event
from shared.messages.reports import HandOverState

_AT_ONCE = 500


def states(db: Session) -> Iterator[Event]:
    """The contact and the state of every report and what its family said, in the order of their references."""
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
    open_hand_overs, asked = _questions(db, references)
    for report in reports:
        contact = reached[report.reference]
        phone = phones.get(contact.id)
        yield contacts.contact_changed(contact, phone)
        questions = files.Questions(open_hand_overs.get(report.reference), tuple(asked[report.reference]))
        yield files.compose_state(report, contact, phone, steps[report.reference], questions)
    yield from _said_by(db, references)


def _said_by(db: Session, references: Sequence[str]) -> Iterator[Event]:
    """What the families behind these files wish, whom they trust, what they said, which photos they gave."""
    last = select(Wishes).ext(distinct_on(col(Wishes.reference))).where(col(Wishes.reference).in_(references))
    for kept in db.exec(last.order_by(Wishes.reference, col(Wishes.id).desc())):
        yield wishes.wishes_changed(kept)
    for second in db.exec(select(SecondContact).where(col(SecondContact.reference).in_(references))):
        yield second_contacts.second_contact_changed(second)
    for concern in db.exec(select(Concern).where(col(Concern.reference).in_(references))):
        yield concerns.concern_changed(concern)
    for photo in db.exec(photos.without_pictures().where(col(Photo.reference).in_(references))):
        yield photos.photo_changed(photo)


def _questions(db: Session, references: Sequence[str]) -> tuple[dict[str, HandOverState], defaultdict[str, list[str]]]:
    """What the families behind these files are asked."""
    offers = select(HandOver).where(col(HandOver.reference).in_(references), col(HandOver.state) == "open")
    shares = select(ShareAsked).where(col(ShareAsked.reference).in_(references), col(ShareAsked.state) == "open")
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for each in db.exec(shares.order_by(col(ShareAsked.institution))):
        asked[each.reference].append(each.institution)
    return {offer.reference: files.hand_over_state(offer) for offer in db.exec(offers)}, asked


def _phones(db: Session, of: Sequence[UUID]) -> dict[UUID, Phone]:
    current = select(Phone).where(col(Phone.contact).in_(of), col(Phone.until).is_(None))
    return {phone.contact: phone for phone in db.exec(current)}


def _steps(db: Session, references: Sequence[str]) -> defaultdict[str, list[StatusEntry]]:
    steps: defaultdict[str, list[StatusEntry]] = defaultdict(list)
    wanted = select(StatusEntry).where(col(StatusEntry.reference).in_(references)).order_by(col(StatusEntry.id))
    for step in db.exec(wanted):
        steps[step.reference].append(step)
    return steps
