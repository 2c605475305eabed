"""However many hands work on a notice at once, each contact is asked once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from services.outreach.meetings import plan_meeting
from services.outreach.notices import start_notice
from services.outreach.pacing import batch_due
from services.outreach.tables import Notice
from shared.database import open_session
from shared.messages.outreach import BatchDue, StartNotice
from shared.messaging.refusal import Refusal
from shared.parts import Part
from tests.actors import staff_of
from tests.conftest import PartDatabase
from tests.service.outreach.builders import DRAFTER, NOON, a_plan, a_started, an_approved, approve, families

SENT = sa.text("""
SELECT (convert_from(body, 'UTF8')::jsonb)->'contacts' AS contacts, (convert_from(body, 'UTF8')::jsonb)->>'template'
FROM outbox WHERE headers->>'kind' = 'send_batch' ORDER BY id
""")


def texts(engine: sa.Engine, template: str) -> list[str]:
    """Who was texted, as often as it happened."""
    with engine.connect() as connection:
        return [contact for contacts, of in connection.execute(SENT) if of == template for contact in contacts]


def outcome(engine: sa.Engine, rule: Callable[[Session], object], hour: int = 0) -> str:
    with open_session(engine, clock=lambda: NOON + timedelta(hours=hour)) as db:
        try:
            rule(db)
            db.commit()
        except Refusal as refusal:
            return refusal.reason
    return "done"


def at_once(*rules: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(rules)) as hands:
        return [each.result() for each in [hands.submit(rule) for rule in rules]]


def test_a_notice_started_by_two_at_once_starts_once(part_database: PartDatabase) -> None:
    engine = part_database(Part.OUTREACH)
    with open_session(engine, clock=lambda: NOON) as db:
        families(db, 30, "IQ-DA")
        notice = an_approved(db, governorate="IQ-DA").id
        db.commit()
    start = StartNotice(notice=notice, actor=staff_of("mgd", DRAFTER))

    outcomes = at_once(*[lambda: outcome(engine, lambda db: start_notice(db, start))] * 6)

    assert sorted(outcomes) == ["already_running"] * 5 + ["done"]


def test_turns_that_come_at_once_ask_nobody_twice(part_database: PartDatabase) -> None:
    engine = part_database(Part.OUTREACH)
    with open_session(engine, clock=lambda: NOON) as db:
        asked = families(db, 1000, "IQ-DA")
        notice = a_started(db, governorate="IQ-DA").id
        db.commit()

    for hour in range(1, 11):
        turn = [lambda h=hour: outcome(engine, lambda db: batch_due(db, BatchDue(notice=notice)), h)] * 4
        at_once(*turn)

    assert sorted(texts(engine, "townhall")) == sorted(map(str, asked))


def test_a_meeting_that_moves_while_a_turn_is_in_hand_is_told_to_all_who_heard_the_old_place(
    part_database: PartDatabase,
) -> None:
    engine, plan = part_database(Part.OUTREACH), a_plan()
    with open_session(engine, clock=lambda: NOON) as db:
        asked = families(db, 400, "IQ-DA")
        plan_meeting(db, plan)
        notice = a_started(db, plan.meeting, governorate="IQ-DA").id
        db.commit()
    moved = plan.model_copy(update={"place": {"en": "Dohuk"}})

    at_once(
        lambda: outcome(engine, lambda db: batch_due(db, BatchDue(notice=notice)), 1),
        lambda: outcome(engine, lambda db: plan_meeting(db, moved), 1),
    )

    with open_session(engine, clock=lambda: NOON + timedelta(hours=2)) as db:
        changes = db.connection().execute(sa.text("SELECT id FROM notice WHERE is_automatic")).scalars().all()
        for change in changes:
            approve(db, db.get_one(Notice, change))
        db.commit()
    for hour in range(2, 10):
        for each in (notice, *changes):
            outcome(engine, lambda db, n=each: batch_due(db, BatchDue(notice=n)), hour)
    heard_old = with_place(engine, "Sinjar hall")
    assert len(heard_old) in (0, 100), "the turn came before the change, or found no approval any more"
    assert set(heard_old) <= set(map(str, asked))
    assert sorted(texts(engine, "townhall_changed")) == sorted(heard_old)


def with_place(engine: sa.Engine, place: str) -> list[str]:
    """Who was invited to a place."""
    said = sa.text("""
    SELECT jsonb_array_elements_text((convert_from(body, 'UTF8')::jsonb)->'contacts') FROM outbox
    WHERE headers->>'kind' = 'send_batch' AND (convert_from(body, 'UTF8')::jsonb)->'values'->'place'->>'en' = :place
    """)
    with engine.connect() as connection:
        return list(connection.execute(said, {"place": place}).scalars())
