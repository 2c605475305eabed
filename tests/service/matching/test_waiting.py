"""Who wants to wait is asked by no round, whatever waits for them; when they are ready, all are asked alike."""

from sqlmodel import Session

from services.matching import need_to_know
from services.matching.tables import Family
from shared.messages.matching import ContactPerson, ContactRequested, MeetingRecorded
from shared.messages.model import open_content
from tests.service.matching.builders import (
    CASE_MANAGER,
    Calendar,
    a_confirmed_match,
    a_family,
    a_round,
    a_sample,
    assign,
    meet,
    open_requests,
    plan,
    request_of,
    told,
)


def asked(db: Session) -> set[str]:
    return {event.reference for event in told(db, ContactRequested)}


def test_a_family_that_wants_to_wait_is_not_asked_though_a_match_waits(db: Session, calendar: Calendar) -> None:
    matched, other = a_family(db), a_family(db)
    for family in (matched, other):
        a_family(db, family, version=2, wants_to_wait=True)
    a_confirmed_match(db, a_sample(db, matched))
    plan(db, other)

    for _ in range(3):
        a_round(db, calendar)

    assert asked(db) == set()
    assert open_requests(db, [matched, other]) == {matched: "planned", other: "planned"}


def test_who_waits_has_no_routine_contact_planned(db: Session) -> None:
    family = a_family(db)
    a_family(db, family, version=2, wants_to_wait=True)

    db.flush()
    assert db.get_one(Family, family).routine_contact_at is None


def test_when_they_are_ready_matched_and_others_are_asked_with_the_same_round(db: Session, calendar: Calendar) -> None:
    matched, other = a_family(db), a_family(db)
    for family in (matched, other):
        a_family(db, family, version=2, wants_to_wait=True)
    a_confirmed_match(db, a_sample(db, matched))
    a_round(db, calendar)

    for family in (matched, other):
        a_family(db, family, version=3)
    a_round(db, calendar)

    assert asked(db) == {matched, other}


def test_the_case_manager_alone_reads_that_they_are_ready(db: Session, calendar: Calendar) -> None:
    family = a_family(db, wants_to_wait=True)
    a_family(db, family, version=2)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)
    db.flush()

    occasion = need_to_know.occasion(db, str(request.id), str(CASE_MANAGER))

    assert (occasion["occasion"], occasion["reasons"]) == ("routine", ["ready"])


def test_who_waits_and_comes_by_itself_can_be_met(db: Session) -> None:
    family = a_family(db)
    plan(db, family)
    a_family(db, family, version=2, wants_to_wait=True)
    request = request_of(db, family)
    assign(db, request.id)

    meet(db, request.id)

    (met,) = told(db, MeetingRecorded)
    assert met.contact_person is not None
    assert open_content(met.contact_person, ContactPerson, family).staff == CASE_MANAGER
