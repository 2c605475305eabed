"""What the call desk, case managers and reviewers read: as JSON, each only what they need."""

import json
from uuid import uuid4

import pytest
from sqlmodel import Session

from services.matching import call_desk, need_to_know
from shared.references import new_reference
from tests.service.matching.builders import (
    ANNA,
    BAHAR,
    CASE_MANAGER,
    DESK,
    Calendar,
    a_confirmed_match,
    a_family,
    a_match_report,
    a_round,
    a_sample,
    assign,
    give_opinion,
    hand_in,
    meet,
    plan,
    request_of,
)


def test_the_call_desk_learns_what_to_do_at_each_step(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    plan(db, family)
    nothing = {
        "contact_request": None,
        "state": "none",
        "case_manager": None,
        "requested_at": None,
        "what_to_do": "answer_questions",
    }
    db.flush()
    assert call_desk.call_desk(db, family, "mgd") == nothing

    a_round(db, calendar)
    request = request_of(db, family)
    asked = call_desk.call_desk(db, family, "mgd")
    assert (asked["state"], asked["what_to_do"], asked["case_manager"]) == ("requested", "arrange_meeting", None)
    assert (asked["contact_request"], asked["requested_at"]) == (str(request.id), calendar.at.isoformat())

    assign(db, request.id)
    db.flush()
    taken = call_desk.call_desk(db, family, "mgd")
    assert (taken["state"], taken["what_to_do"]) == ("assigned", "put_through_to_contact_person")
    assert taken["case_manager"] == str(CASE_MANAGER)

    meet(db, request.id)
    db.flush()
    assert call_desk.call_desk(db, family, "mgd") == nothing


def test_an_unknown_reference_is_not_found(db: Session) -> None:
    with pytest.raises(LookupError):
        call_desk.call_desk(db, new_reference(), "mgd")


def test_the_call_back_queue_is_the_institutions_own(db: Session, calendar: Calendar) -> None:
    ours, theirs = a_family(db, institution="mgd"), a_family(db, institution="police")
    plan(db, ours)
    plan(db, theirs, "police")
    a_round(db, calendar)

    [row] = call_desk.contact_requests(db, "mgd")

    assert (row["reference"], row["state"], row["can_be_asked"]) == (ours, "requested", True)
    assert call_desk.contact_requests(db, "mgd", "assigned") == []
    json.dumps(row)


def test_who_was_asked_in_one_round_is_listed_in_an_order_that_says_nothing(db: Session, calendar: Calendar) -> None:
    families = [a_family(db) for _ in range(12)]
    for family in families[:6]:
        a_confirmed_match(db, a_sample(db, family))
    for family in families[6:]:
        plan(db, family)
    a_round(db, calendar)

    rows = call_desk.contact_requests(db, "mgd")

    assert len({r["requested_at"] for r in rows}) == 1
    assert [r["contact_request"] for r in rows] == sorted(r["contact_request"] for r in rows)


def test_case_managers_see_their_own_families_and_only_they_the_occasion(db: Session, calendar: Calendar) -> None:
    family = a_family(db)
    item = a_confirmed_match(db, a_sample(db, family))
    a_round(db, calendar)
    request = request_of(db, family)
    assign(db, request.id)
    db.flush()

    assert [r["reference"] for r in call_desk.my_families(db, str(CASE_MANAGER), "mgd")] == [family]
    assert call_desk.my_families(db, str(DESK), "mgd") == []
    assert need_to_know.occasion(db, str(request.id), str(CASE_MANAGER)) == {
        "occasion": "grave",
        "reasons": ["match"],
        "items": [str(item)],
    }
    for nobody in (DESK, ANNA, uuid4()):
        with pytest.raises(LookupError):
            need_to_know.occasion(db, str(request.id), str(nobody))
    with pytest.raises(LookupError):
        need_to_know.occasion(db, str(uuid4()), str(CASE_MANAGER))


def test_the_review_list_holds_what_waits_for_an_opinion(db: Session, calendar: Calendar) -> None:
    barcode = a_sample(db, a_family(db))
    new, half, decided = (hand_in(db, a_match_report(barcode), by=DESK) for _ in range(3))
    give_opinion(db, half, ANNA)
    give_opinion(db, decided, ANNA)
    give_opinion(db, decided, BAHAR)
    db.flush()

    rows = {r["item"]: r for r in need_to_know.reviews_open(db, str(ANNA))}

    assert set(rows) == {str(new), str(half)}
    assert (rows[str(new)]["state"], rows[str(new)]["opinions"]) == ("to_check", 0)
    assert (rows[str(half)]["state"], rows[str(half)]["is_mine"]) == ("in_review", True)
    assert not rows[str(new)]["is_mine"]
    assert all(row["is_mine"] for row in need_to_know.reviews_open(db, str(DESK)))


def test_nobody_reads_another_reviewers_opinion_before_giving_one(db: Session) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))))
    give_opinion(db, item, ANNA, "confirm", "figures agree")
    db.flush()

    before = need_to_know.match(db, str(item), str(BAHAR))
    give_opinion(db, item, BAHAR)
    db.flush()
    after = need_to_know.match(db, str(item), str(BAHAR))

    assert (before["reviews"], before["opinions"], before["is_mine"]) == ([], 1, False)
    assert "first_reviewer" not in before
    assert len(after["reviews"]) == 2


def test_a_reviewer_sees_figures_donors_findings_and_opinions(db: Session) -> None:
    family = a_family(db)
    barcode = a_sample(db, family)
    item = hand_in(db, a_match_report(barcode, posterior=0.9, likelihood_ratio=2e7))
    give_opinion(db, item, ANNA, "confirm", "figures agree")
    db.flush()

    shown = need_to_know.match(db, str(item), str(ANNA))

    assert (shown["report"]["posterior"], shown["report"]["likelihood_ratio"]) == (0.9, 2e7)
    assert shown["findings"] == ["posterior_below_threshold"]
    assert shown["donors"] == [{"barcode": barcode, "relation": "brother", "state": "usable", "references": [family]}]
    assert [r["reason"] for r in shown["reviews"]] == ["figures agree"]
    json.dumps(shown)
    with pytest.raises(LookupError):
        need_to_know.match(db, str(uuid4()), str(ANNA))
