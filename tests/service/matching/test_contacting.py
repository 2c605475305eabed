"""Families who are to be asked: those whose samples a match rests on, once at a time, whatever comes up meanwhile."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from services.matching import need_to_know
from services.matching.contacting import AlreadyMet, ReportClosed, UnknownContactRequest, UnknownReport
from shared.messages.matching import ContactRequested
from shared.references import new_reference
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


def why(db: Session, request: UUID) -> dict[str, object]:
    db.flush()
    return need_to_know.occasion(db, str(request), str(CASE_MANAGER))


def test_only_reports_that_the_donors_gave_samples_for_are_asked(db: Session) -> None:
    wife, brother, stranger = a_family(db), a_family(db), a_family(db)
    donors = [a_sample(db, wife), a_sample(db, wife, brother)]
    a_sample(db, stranger)

    a_confirmed_match(db, *donors)

    assert open_requests(db, [wife, brother, stranger]) == {wife: "planned", brother: "planned"}


def test_a_second_report_of_the_same_person_that_gave_no_sample_is_left_alone(db: Session, calendar: Calendar) -> None:
    wife, brother = a_family(db), a_family(db)
    a_confirmed_match(db, a_sample(db, wife))

    a_round(db, calendar)
    request = request_of(db, wife)
    assign(db, request.id)
    meet(db, request.id)

    assert brother not in {e.reference for e in told(db, ContactRequested)}
    assert open_requests(db, [brother]) == {}


def test_one_missing_person_may_be_matched_more_than_once(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    barcode = a_sample(db, family)
    for _ in range(2):
        a_confirmed_match(db, barcode)
        a_round(db, calendar)
        request = request_of(db, family)
        assign(db, request.id)
        meet(db, request.id)

    assert [e.version for e in told(db, ContactRequested)] == [1, 3]


def test_a_grave_occasion_joins_an_open_request_and_nothing_more_is_told(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    barcode = a_sample(db, family)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)
    assert why(db, request.id)["occasion"] == "routine"
    before = len(db.info["outbox"])

    item = a_confirmed_match(db, barcode)
    a_round(db, calendar)

    assert len(db.info["outbox"]) == before
    assert why(db, request.id) == {"occasion": "grave", "reasons": ["desk", "match"], "items": [str(item)]}


def test_asking_twice_before_the_round_asks_once(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    plan(db, family)

    a_round(db, calendar)
    a_round(db, calendar)

    assert [e.reference for e in told(db, ContactRequested)] == [family]


def test_a_desk_cannot_have_an_unknown_or_a_closed_report_asked(db: Session) -> None:
    with pytest.raises(UnknownReport):
        plan(db, new_reference())
    with pytest.raises(ReportClosed):
        plan(db, a_family(db, is_open=False))


def test_a_report_that_only_a_sample_names_is_unknown_to_the_desk_until_reports_tells_of_it(db: Session) -> None:
    reference = new_reference()
    a_confirmed_match(db, a_sample(db, reference))

    with pytest.raises(UnknownReport):
        plan(db, reference)
    a_family(db, reference)
    plan(db, reference)

    assert open_requests(db, [reference]) == {reference: "planned"}


def test_a_case_manager_may_be_assigned_before_or_after_the_family_is_asked(db: Session, calendar: Calendar) -> None:
    before, after = a_family(db), a_family(db)
    plan(db, before)
    plan(db, after)

    assign(db, request_of(db, before).id)
    a_round(db, calendar)
    assign(db, request_of(db, after).id)

    assert open_requests(db, [before, after]) == {before: "assigned", after: "assigned"}
    assert {e.version for e in told(db, ContactRequested)} == {1}


def test_another_case_manager_can_take_a_family_over(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id, DESK)

    assign(db, request.id, CASE_MANAGER)

    assert why(db, request.id)["occasion"] == "routine"
    with pytest.raises(LookupError):
        need_to_know.occasion(db, str(request.id), str(DESK))


def test_nobody_is_assigned_to_what_is_not_there_or_over(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)
    meet(db, request.id)

    with pytest.raises(AlreadyMet):
        assign(db, request.id)
    with pytest.raises(UnknownContactRequest):
        assign(db, uuid4())
