"""A family is met by its contact person; what was said stays sealed, and life goes on with routine contacts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.matching import need_to_know
from services.matching.contacting import AlreadyMet, UnknownContactRequest
from services.matching.meetings import NotAssigned, NotRequested
from services.matching.tables import Family, Meeting
from shared.messages.matching import ContactRequested, MeetingRecorded
from shared.settings import settings
from tests.service.matching.builders import (
    CASE_MANAGER,
    DESK,
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


def test_a_meeting_is_told_and_the_next_routine_contact_planned_anew(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)

    meet(db, request.id)

    [met] = told(db, MeetingRecorded)
    assert (met.reference, met.contact_request, met.version) == (family, request.id, 2)
    row = db.get_one(Family, family)
    first, last = settings().routine_contact_days
    assert row.routine_contact_at is not None
    assert timedelta(days=first) <= row.routine_contact_at - calendar.at <= timedelta(days=last)


def test_what_was_said_rests_sealed_and_its_case_manager_reads_it(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)

    meet(db, request.id)
    db.flush()

    assert "call back" not in str(db.get(Meeting, request.id))
    account = need_to_know.meeting(db, str(request.id), str(CASE_MANAGER))
    assert account["decision"] == "will call back"
    with pytest.raises(LookupError):
        need_to_know.meeting(db, str(request.id), str(DESK))


def test_only_the_assigned_contact_person_records_a_meeting(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)

    with pytest.raises(NotAssigned):
        meet(db, request.id)
    assign(db, request.id)
    with pytest.raises(NotAssigned):
        meet(db, request.id, by=DESK)


def test_a_meeting_before_the_family_was_asked_is_refused(db: Session) -> None:
    family = a_family(db)
    plan(db, family)
    request = request_of(db, family)
    assign(db, request.id)

    with pytest.raises(NotRequested):
        meet(db, request.id)

    assert open_requests(db, [family]) == {family: "planned"}


def test_a_family_that_no_text_can_reach_is_met_without_being_asked(db: Session) -> None:
    family = a_family(db, is_verified=False)
    a_confirmed_match(db, a_sample(db, family))
    request = request_of(db, family)
    assign(db, request.id)

    meet(db, request.id)

    assert told(db, ContactRequested) == []
    assert [e.version for e in told(db, MeetingRecorded)] == [1]


def test_a_meeting_is_recorded_once_and_of_a_request_that_is_there(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)
    meet(db, request.id)

    with pytest.raises(AlreadyMet):
        meet(db, request.id)
    with pytest.raises(UnknownContactRequest):
        meet(db, uuid4())


def test_a_match_confirmed_after_the_family_was_met_is_not_lost_with_that_meeting(
    db: Session, calendar: Calendar
) -> None:
    family = a_family(db)
    barcode = a_sample(db, family)
    plan(db, family)
    a_round(db, calendar)
    first = request_of(db, family)
    assign(db, first.id)
    met_at = calendar.at
    calendar.turn(hours=5)
    item = a_confirmed_match(db, barcode)

    meet(db, first.id, met_at=met_at)
    a_round(db, calendar)

    second = request_of(db, family)
    assert second.id != first.id
    assign(db, second.id)
    db.flush()
    assert need_to_know.occasion(db, str(second.id), str(CASE_MANAGER))["items"] == [str(item)]
