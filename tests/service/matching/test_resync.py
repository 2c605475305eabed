"""What this part tells again, when a projection is built anew."""

from sqlmodel import Session

from services.matching import resync
from shared.messages.matching import ContactPerson, ContactRequested, MeetingRecorded, SampleStateChanged
from shared.messages.model import Event, open_content
from tests.service.matching.builders import (
    Calendar,
    a_family,
    a_round,
    a_sample,
    assign,
    meet,
    plan,
    request_of,
    sample_of,
    told,
)


def opened(event: Event) -> Event:
    """An event with its sealed content in the clear: sealed twice, the same content looks different."""
    if not isinstance(event, MeetingRecorded):
        return event
    person = open_content(event.contact_person, ContactPerson, event.reference)
    return event.model_copy(update={"contact_person": person.model_dump_json()})


def test_the_newest_state_of_each_is_told_again_as_it_was(db: Session, calendar: Calendar) -> None:
    asked, met, asked_again, planned = (a_family(db) for _ in range(4))
    usable, untouched = a_sample(db, asked), a_sample(db, met, state="collected")
    for family in (asked, met, asked_again):
        plan(db, family)
    a_round(db, calendar)
    for family in (met, asked_again):
        request = request_of(db, family)
        assign(db, request.id)
        meet(db, request.id)
    plan(db, asked_again)
    a_round(db, calendar)
    plan(db, planned)
    db.flush()

    states = list(resync.states(db))

    first_told = [*told(db, SampleStateChanged), *told(db, ContactRequested), *told(db, MeetingRecorded)]
    assert all(opened(state) in [opened(first) for first in first_told] for state in states)
    contacts = {e.reference: e for e in states if isinstance(e, ContactRequested | MeetingRecorded)}
    assert {r: (type(e), e.version) for r, e in contacts.items()} == {
        asked: (ContactRequested, 1),
        met: (MeetingRecorded, 2),
        asked_again: (ContactRequested, 3),
    }
    samples = [e.sample for e in states if isinstance(e, SampleStateChanged)]
    assert samples == [sample_of(db, usable).id]
    assert sample_of(db, untouched).id not in samples
