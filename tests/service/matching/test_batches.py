"""Many messages in one transaction, and the same rows from two processes at once."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlmodel import Session, select

from services.matching import contacting, reviewing
from services.matching.tables import ContactRequest, Match, Occasion
from shared.database import open_session
from shared.messages.matching import Opinion, PlanContact, Review
from shared.messages.model import Message, seal_content
from shared.messaging.deliveries import Handler, apply_batch
from shared.messaging.outbox import outbox_row
from shared.messaging.parking import RetryPlan
from shared.messaging.wire import Delivery
from tests.actors import staff_of
from tests.service.matching.builders import (
    ANNA,
    BAHAR,
    DESK,
    a_family,
    a_match_report,
    a_sample,
    give_opinion,
    hand_in,
    plan,
)

REVIEW = Handler("matching.review", {"review": Review}, reviewing.review)  # pyright: ignore[reportArgumentType]
PLAN_CONTACT = Handler("matching.plan_contact", {"plan_contact": PlanContact}, contacting.plan_for_desk)  # pyright: ignore[reportArgumentType]


def apply(engine: sa.Engine, handler: Handler, *messages: Message) -> dict[str, int]:
    return apply_batch(lambda: open_session(engine), handler, [_delivery(m) for m in messages], RetryPlan((1,))).counts


def _delivery(message: Message) -> Delivery:
    row = outbox_row(message, datetime.now(UTC))
    return Delivery(f"matching.{message.kind}", row.body, json.loads(row.headers), str(row.id))


def an_opinion(item: UUID, by: UUID) -> Review:
    return Review(
        actor=staff_of("mld", by, "match_reviewer"),
        item=item,
        opinion=seal_content(Opinion(decision="confirm"), str(item)),
    )


@pytest.fixture
def committed(engine: sa.Engine) -> tuple[str, UUID]:
    """A family, and a match report of its sample that nobody has reviewed yet."""
    with open_session(engine) as db:
        family = a_family(db)
        item = hand_in(db, a_match_report(a_sample(db, family)))
        db.commit()
    return family, item


def test_a_whole_review_in_one_batch_is_carried_out_and_the_repeated_reviewer_refused(
    engine: sa.Engine, committed: tuple[str, UUID]
) -> None:
    family, item = committed
    reviews = [an_opinion(item, ANNA), an_opinion(item, ANNA), an_opinion(item, BAHAR)]

    assert apply(engine, REVIEW, *reviews) == {"applied": 2, "refused": 1}

    with open_session(engine) as db:
        assert db.get_one(Match, item).state == "confirmed"
        assert db.exec(select(ContactRequest.reference)).all() == [family]
        refused = "SELECT convert_from(body, 'UTF8') FROM outbox WHERE routing_key = 'review_refused'"
        [body] = db.connection().execute(text(refused)).scalars()
        assert json.loads(body) == {"reason": "same_reviewer", "values": {}}


def test_a_desk_that_asks_twice_in_one_batch_plans_once(engine: sa.Engine, committed: tuple[str, UUID]) -> None:
    family, _ = committed
    wishes = [PlanContact(reference=family, actor=staff_of("mgd", DESK)) for _ in range(3)]

    assert apply(engine, PLAN_CONTACT, *wishes) == {"applied": 3}

    with open_session(engine) as db:
        assert len(db.exec(select(ContactRequest)).all()) == 1


def at_once(*works: Callable[[], object]) -> Counter[str]:
    """Run all at the same moment; how often each error came."""
    errors: Counter[str] = Counter()
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait(60)
        try:
            work()
        except Exception as error:
            errors[type(error).__name__] += 1

    threads = [threading.Thread(target=run, args=(w,)) for w in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return errors


def test_four_reviewers_at_the_same_moment_confirm_once(engine: sa.Engine, committed: tuple[str, UUID]) -> None:
    family, item = committed
    reviewers = [uuid4() for _ in range(4)]

    def reviewing_by(reviewer: UUID) -> Callable[[], None]:
        def work() -> None:
            with open_session(engine) as db:
                give_opinion(db, item, reviewer)
                db.commit()

        return work

    errors = at_once(*(reviewing_by(r) for r in reviewers))

    assert errors == {"AlreadyDecided": 2}
    with open_session(engine) as db:
        match = db.get_one(Match, item)
        assert match.state == "confirmed"
        assert {match.first_reviewer, match.second_reviewer} <= set(reviewers)
        assert db.exec(select(ContactRequest.reference)).all() == [family]


def test_a_desk_and_the_reviewers_at_the_same_moment_leave_one_request_with_both_occasions(
    engine: sa.Engine, committed: tuple[str, UUID]
) -> None:
    family, item = committed

    def in_own_transaction(rule: Callable[[Session], None]) -> Callable[[], None]:
        def work() -> None:
            with open_session(engine) as db:
                rule(db)
                db.commit()

        return work

    with open_session(engine) as db:
        give_opinion(db, item, ANNA)
        db.commit()
    errors = at_once(
        in_own_transaction(lambda db: give_opinion(db, item, BAHAR)),
        *(in_own_transaction(lambda db: plan(db, family)) for _ in range(4)),
        in_own_transaction(lambda db: _changed(db, family)),
    )

    assert not errors
    with open_session(engine) as db:
        [request] = db.exec(select(ContactRequest)).all()
        occasions = db.exec(select(Occasion.kind).where(Occasion.contact_request == request.id)).all()
        assert Counter(occasions) == {"routine": 4, "grave": 1}
        planned = db.connection().execute(text("SELECT routine_contact_at FROM family")).scalar_one()
        assert planned is None


def _changed(db: Session, family: str) -> None:
    a_family(db, family, version=2, chance=Random(1))
