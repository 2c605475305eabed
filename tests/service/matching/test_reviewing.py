"""A match is confirmed by two different people, neither of whom handed it in; one is enough to reject it."""

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from services.matching import need_to_know
from services.matching.reviewing import AlreadyDecided, OwnReport, SameReviewer, UnknownItem
from services.matching.tables import GivenReview, Match
from shared.messaging.refusal import Refusal
from tests.service.matching.builders import (
    ANNA,
    BAHAR,
    DESK,
    a_confirmed_match,
    a_family,
    a_match_report,
    a_sample,
    give_opinion,
    hand_in,
    open_requests,
)

AUTHOR = UUID(int=99 + (4 << 76) + (8 << 60))


def state_of(db: Session, item: UUID) -> str:
    return db.exec(select(Match.state).where(Match.id == item)).one()


def test_two_reviewers_confirm_a_match_and_its_family_is_planned_to_be_asked(db: Session) -> None:
    family = a_family(db)
    item = hand_in(db, a_match_report(a_sample(db, family)))

    give_opinion(db, item, ANNA)
    assert (state_of(db, item), open_requests(db, [family])) == ("in_review", {})
    give_opinion(db, item, BAHAR)

    assert (state_of(db, item), open_requests(db, [family])) == ("confirmed", {family: "planned"})


def test_the_same_reviewer_twice_is_refused(db: Session) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))))
    give_opinion(db, item, ANNA)

    with pytest.raises(SameReviewer):
        give_opinion(db, item, ANNA)

    assert not db.new
    assert not db.dirty
    assert state_of(db, item) == "in_review"


def test_who_handed_a_report_in_does_not_review_it(db: Session) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))), by=ANNA)

    with pytest.raises(OwnReport):
        give_opinion(db, item, ANNA)


@pytest.mark.parametrize("confirmed_before", [0, 1])
def test_one_rejects_and_nobody_is_asked(db: Session, confirmed_before: int) -> None:
    family = a_family(db)
    item = hand_in(db, a_match_report(a_sample(db, family)))
    for reviewer in [BAHAR][:confirmed_before]:
        give_opinion(db, item, reviewer)

    give_opinion(db, item, ANNA, "reject", "mixed up on the bench")

    assert (state_of(db, item), open_requests(db, [family])) == ("rejected", {})


def test_what_is_decided_stays_decided(db: Session) -> None:
    item = a_confirmed_match(db, a_sample(db, a_family(db)))

    with pytest.raises(AlreadyDecided):
        give_opinion(db, item, DESK, "reject")


def test_an_item_that_is_not_there_is_refused(db: Session) -> None:
    with pytest.raises(UnknownItem):
        give_opinion(db, uuid4(), ANNA)


def test_nothing_of_a_review_leaves_the_database(db: Session) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))))
    before = len(db.info["outbox"])

    give_opinion(db, item, ANNA)
    give_opinion(db, item, BAHAR)

    assert len(db.info["outbox"]) == before


def test_reasons_rest_sealed_and_reviewers_read_them(db: Session) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))))

    give_opinion(db, item, ANNA, "reject", "mixed up on the bench")
    db.flush()

    assert "bench" not in str(db.get(GivenReview, (item, ANNA)))
    [said] = need_to_know.match(db, str(item), str(ANNA))["reviews"]
    assert (said["reviewer"], said["decision"], said["reason"]) == (str(ANNA), "reject", "mixed up on the bench")


opinions = st.lists(
    st.tuples(st.sampled_from([ANNA, BAHAR, DESK, AUTHOR]), st.sampled_from(["confirm", "reject"])), max_size=6
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_opinions=opinions)
def test_nobody_alone_ever_confirms_a_match(db: Session, given_opinions: list[tuple[UUID, str]]) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))), by=AUTHOR)
    accepted: list[tuple[UUID, str]] = []

    for reviewer, decision in given_opinions:
        try:
            give_opinion(db, item, reviewer, decision)
            accepted.append((reviewer, decision))
        except Refusal:
            continue

    confirmed_by = {reviewer for reviewer, decision in accepted if decision == "confirm"}
    is_rejected = any(decision == "reject" for _, decision in accepted)
    assert AUTHOR not in {reviewer for reviewer, _ in accepted}
    assert (state_of(db, item) == "confirmed") == (len(confirmed_by) == 2 and not is_rejected)


@pytest.mark.parametrize(
    "reviewers",
    [
        {"first_reviewer": ANNA, "second_reviewer": ANNA},
        {"first_reviewer": ANNA, "second_reviewer": None},
        {"first_reviewer": ANNA, "second_reviewer": AUTHOR},
        {"first_reviewer": None, "second_reviewer": None},
    ],
)
def test_the_database_itself_keeps_a_match_from_being_confirmed_by_one(
    db: Session, reviewers: dict[str, UUID | None]
) -> None:
    item = hand_in(db, a_match_report(a_sample(db, a_family(db))), by=AUTHOR)
    db.flush()
    confirm = sa.update(Match).where(Match.id == item).values(state="confirmed", decided_at=sa.func.now(), **reviewers)

    with pytest.raises(IntegrityError), db.begin_nested():
        db.exec(confirm)
