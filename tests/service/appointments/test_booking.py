"""A family's visit: booked, refused with an offer, moved, given back."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.appointments.booking import book_visit, cancel_visit, reschedule_visit, visits_of_session
from services.appointments.places import AlreadyBooked, FileClosed, SessionClosed, SessionFull, UnknownSession
from services.appointments.visits import NotBooked, UnknownVisit, VisitPast
from shared.messages.appointments import (
    CancelVisit,
    PlaceFreed,
    RescheduleVisit,
    SessionChanged,
    VisitBooked,
    VisitCancelled,
)
from shared.messages.gateway import Send, Template
from shared.references import new_reference
from tests.actors import family_of, staff_of
from tests.service.appointments.builders import (
    NOON,
    STAFF,
    a_session,
    a_site,
    a_visit,
    a_wish,
    free_places,
    reminders_due,
    told,
)
from tests.service.appointments.files import a_file


def test_a_booking_takes_its_places_and_is_told_to_everybody(db: Session) -> None:
    session = a_session(db, free=5)

    visit = a_visit(db, session, places=2)

    assert free_places(db, session) == 3
    booked = told(db, VisitBooked)[-1]
    assert (booked.visit, booked.places, booked.version, booked.state) == (visit.id, 2, 1, "booked")
    changed = told(db, SessionChanged)[-1]
    assert (changed.free, changed.version) == (3, 2)


def test_a_booked_family_is_texted_where_and_when_in_time(db: Session) -> None:
    visit = a_visit(db, a_session(db))

    text = told(db, Send)[-1]

    assert (text.template, text.contact, text.text_class) == (Template.APPOINTMENT, visit.contact, "answer")
    assert text.values["ref"] == visit.reference
    assert text.values["place"] == visit.site_name
    assert datetime.fromisoformat(str(text.values["starts_at"])) == visit.starts_at
    assert text.not_after == visit.starts_at


def test_the_last_places_are_taken_all_or_none(db: Session) -> None:
    session = a_session(db, free=2)

    with pytest.raises(SessionFull):
        book_visit(db, a_wish(session, places=3))
    a_visit(db, session, places=2)

    assert free_places(db, session) == 0


def test_a_full_session_offers_the_next_one_with_room_at_the_same_site(db: Session) -> None:
    site = a_site(db, governorate="IQ-DA")
    full = a_session(db, site=site, free=1)
    a_visit(db, full)
    sooner_elsewhere = a_session(db, site=a_site(db, governorate="IQ-DA"), starts_in=timedelta(days=1))
    too_small = a_session(db, site=site, free=1, starts_in=timedelta(days=6))
    here_later = a_session(db, site=site, free=2, starts_in=timedelta(days=9))

    with pytest.raises(SessionFull) as refused:
        book_visit(db, a_wish(full, places=2))

    assert refused.value.values["next_session"] == here_later
    assert refused.value.values["next_site"] == site
    assert refused.value.values["next_starts_at"] == NOON + timedelta(days=9)
    assert {sooner_elsewhere, too_small}.isdisjoint(refused.value.values.values())


def test_without_room_at_the_site_one_of_the_same_governorate_is_offered(db: Session) -> None:
    full = a_session(db, site=a_site(db, governorate="IQ-SU"), free=1)
    a_visit(db, full)
    near = a_session(db, site=a_site(db, governorate="IQ-SU"), starts_in=timedelta(days=8))
    a_session(db, site=a_site(db, governorate="IQ-BA"), starts_in=timedelta(days=1))

    with pytest.raises(SessionFull) as refused:
        book_visit(db, a_wish(full))

    assert refused.value.values["next_session"] == near


def test_where_nothing_is_left_nothing_is_offered(db: Session) -> None:
    full = a_session(db, site=a_site(db, governorate="IQ-MU"), free=1)
    a_visit(db, full)

    with pytest.raises(SessionFull) as refused:
        book_visit(db, a_wish(full))

    assert refused.value.values == {"next_session": None, "next_starts_at": None, "next_site": None}


def test_a_women_only_session_is_offered_only_to_who_asked_for_one(db: Session) -> None:
    site = a_site(db, governorate="IQ-KA")
    full, full_for_women = a_session(db, site=site, free=1), a_session(db, site=site, free=1, is_women_only=True)
    a_visit(db, full)
    a_visit(db, full_for_women)
    for_women = a_session(db, site=site, starts_in=timedelta(days=7), is_women_only=True)

    with pytest.raises(SessionFull) as anybody:
        book_visit(db, a_wish(full))
    with pytest.raises(SessionFull) as women:
        book_visit(db, a_wish(full_for_women))

    assert anybody.value.values["next_session"] is None
    assert women.value.values["next_session"] == for_women


@pytest.mark.parametrize("starts_in", [timedelta(0), timedelta(hours=-1)])
def test_a_session_that_has_begun_takes_no_booking(db: Session, starts_in: timedelta) -> None:
    with pytest.raises(SessionClosed):
        book_visit(db, a_wish(a_session(db, starts_in=starts_in)))


def test_an_unknown_session_is_refused(db: Session) -> None:
    with pytest.raises(UnknownSession):
        book_visit(db, a_wish(uuid4()))


def test_a_file_holds_one_visit_at_a_session(db: Session) -> None:
    session, reference = a_session(db), new_reference()
    first = a_visit(db, session, reference=reference)

    with pytest.raises(AlreadyBooked) as refused:
        book_visit(db, a_wish(session, reference=reference))

    assert refused.value.values["visit"] == first.id
    assert free_places(db, session) == 9


def test_who_cancelled_may_book_the_same_session_again(db: Session) -> None:
    session, reference = a_session(db, free=1), new_reference()
    cancelled = a_visit(db, session, reference=reference)
    cancel_visit(db, CancelVisit(actor=family_of(reference), visit=cancelled.id))

    a_visit(db, session, reference=reference)

    assert free_places(db, session) == 0


def test_the_same_wish_twice_books_once(db: Session) -> None:
    session = a_session(db)
    wish = a_wish(session)
    book_visit(db, wish)

    with pytest.raises(AlreadyBooked):
        book_visit(db, wish)

    assert free_places(db, session) == 9


def test_a_closed_file_books_nothing(db: Session) -> None:
    session, reference = a_session(db), new_reference()
    a_file(db, reference, is_open=False)

    with pytest.raises(FileClosed):
        book_visit(db, a_wish(session, reference=reference))


def test_a_refusal_leaves_nothing_to_send(db: Session) -> None:
    session = a_session(db, free=1)
    a_visit(db, session)
    before = len(told(db, SessionChanged)), len(told(db, Send)), len(told(db, VisitBooked))

    with pytest.raises(SessionFull):
        book_visit(db, a_wish(session))

    assert (len(told(db, SessionChanged)), len(told(db, Send)), len(told(db, VisitBooked))) == before


def test_cancelling_frees_the_places_and_says_so(db: Session) -> None:
    session = a_session(db, free=4)
    visit = a_visit(db, session, places=3)

    cancel_visit(db, CancelVisit(actor=family_of(visit.reference), visit=visit.id))

    assert free_places(db, session) == 4
    assert [(c.visit, c.version, c.state) for c in told(db, VisitCancelled)] == [(visit.id, 2, "cancelled")]
    assert told(db, SessionChanged)[-1].free == 4
    assert told(db, Send)[-1].template == Template.CANCELLED
    assert reminders_due(db, visit.id) == []


def test_a_visit_is_cancelled_once(db: Session) -> None:
    session = a_session(db)
    visit = a_visit(db, session)
    cancel_visit(db, CancelVisit(actor=family_of(visit.reference), visit=visit.id))

    with pytest.raises(NotBooked):
        cancel_visit(db, CancelVisit(actor=family_of(visit.reference), visit=visit.id))

    assert free_places(db, session) == 10


def test_cancelling_an_unknown_visit_is_refused(db: Session) -> None:
    with pytest.raises(UnknownVisit):
        cancel_visit(db, CancelVisit(actor=family_of(new_reference()), visit=uuid4()))


def test_a_family_that_asks_is_answered_at_once_and_one_that_did_not_at_a_decent_hour(db: Session) -> None:
    session = a_session(db)
    asked, not_asked = a_visit(db, session), a_visit(db, session)
    a_file(db, not_asked.reference, is_open=True)

    cancel_visit(db, CancelVisit(actor=family_of(asked.reference), visit=asked.id))
    cancel_visit(db, CancelVisit(actor=staff_of("mgd", STAFF), visit=not_asked.id))

    texts = {text.contact: text.text_class for text in told(db, Send) if text.template == Template.CANCELLED}
    assert texts == {asked.contact: "answer", not_asked.contact: "case"}


def test_a_visit_whose_session_is_over_cannot_be_moved(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    db.info["clock"] = lambda: visit.ends_at

    with pytest.raises(VisitPast):
        cancel_visit(db, CancelVisit(actor=family_of(visit.reference), visit=visit.id))


def test_moving_takes_at_the_new_session_and_frees_at_the_old(db: Session) -> None:
    old, new = a_session(db, free=2), a_session(db, free=2, starts_in=timedelta(days=20))
    visit = a_visit(db, old, places=2)

    reschedule_visit(db, RescheduleVisit(actor=family_of(visit.reference), visit=visit.id, session=new))

    assert (free_places(db, old), free_places(db, new)) == (2, 0)
    booked = told(db, VisitBooked)[-1]
    assert (booked.visit, booked.session, booked.version) == (visit.id, new, 2)
    assert {(c.session, c.free) for c in told(db, SessionChanged)[-2:]} == {(old, 2), (new, 0)}
    assert [freed.session for freed in told(db, PlaceFreed)] == []  # nobody listens to it yet, so it is not sent


def test_moving_replaces_the_reminders(db: Session) -> None:
    visit = a_visit(db, a_session(db))
    new = a_session(db, starts_in=timedelta(days=20))

    reschedule_visit(db, RescheduleVisit(actor=family_of(visit.reference), visit=visit.id, session=new))

    assert all(due > NOON + timedelta(days=17) for due in reminders_due(db, visit.id))
    assert len(reminders_due(db, visit.id)) == 2


def test_moving_to_a_full_session_keeps_the_places_held(db: Session) -> None:
    old, full = a_session(db, free=2), a_session(db, free=1)
    visit = a_visit(db, old)
    a_visit(db, full)

    with pytest.raises(SessionFull):
        reschedule_visit(db, RescheduleVisit(actor=family_of(visit.reference), visit=visit.id, session=full))

    assert (free_places(db, old), free_places(db, full)) == (1, 0)


def test_moving_to_the_same_session_is_refused(db: Session) -> None:
    session = a_session(db)
    visit = a_visit(db, session)

    with pytest.raises(AlreadyBooked):
        reschedule_visit(db, RescheduleVisit(actor=family_of(visit.reference), visit=visit.id, session=session))


def test_a_file_that_closes_lets_go_of_visits_to_come_and_keeps_the_others(db: Session) -> None:
    reference, other = new_reference(), a_session(db)
    coming, kept = a_visit(db, a_session(db), reference=reference), a_visit(db, other)

    a_file(db, reference, is_open=False)

    assert [c.visit for c in told(db, VisitCancelled)] == [coming.id]
    assert free_places(db, other) == 9
    assert kept.state == "booked"


def test_an_older_word_of_a_file_changes_nothing(db: Session) -> None:
    reference, session = new_reference(), a_session(db)
    a_file(db, reference, is_open=True, version=5)
    a_visit(db, session, reference=reference)

    a_file(db, reference, is_open=False, version=4)

    assert told(db, VisitCancelled) == []


def test_a_sessions_list_shows_references_in_order_and_nobody_who_cancelled(db: Session) -> None:
    session = a_session(db)
    visits = [a_visit(db, session) for _ in range(4)]
    cancelled = visits.pop()
    cancel_visit(db, CancelVisit(actor=family_of(cancelled.reference), visit=cancelled.id))

    listed = visits_of_session(db, str(session), "mld")

    assert [row["reference"] for row in listed] == sorted(v.reference for v in visits)
    assert set(listed[0]) == {"id", "reference", "places", "state", "people"}
