"""Whatever the dice say, a text's statuses go forward and every one is told."""

import random

from hypothesis import given
from hypothesis import strategies as st

from infra.simulator.behaviour import Behaviour
from infra.simulator.texts.journey import plan_journey
from infra.simulator.texts.text import RANK, Text

CHANCE = st.floats(0, 1)
BEHAVIOURS = st.builds(
    Behaviour, pace=st.floats(0, 5), out_of_order=CHANCE, repeated=CHANCE, undelivered=CHANCE, without_receipt=CHANCE
)


def a_text(status: str = "queued", callback: str = "http://127.0.0.1/status") -> Text:
    return Text(1, "SM1", "outbound-api", "+9647701234567", "+15005550006", "x", 1, 1.0, status, callback)


@given(BEHAVIOURS, st.integers(), st.booleans(), st.sampled_from(["accepted", "scheduled", "queued", "sending"]))
def test_statuses_rise_end_and_are_all_told(behaviour: Behaviour, seed: int, reachable: bool, status: str) -> None:
    steps = plan_journey(a_text(status), reachable=reachable, behaviour=behaviour, rng=random.Random(seed))
    moves = [step for step in steps if step.moves]
    ranks = [RANK[step.status] for step in moves]
    assert ranks == sorted(set(ranks))
    assert ranks[0] > RANK[status]
    assert moves[-1].status in {"sent", "delivered", "undelivered"}
    assert {step.status for step in steps if not step.moves} == {step.status for step in moves}
    assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)
    assert all((step.error is not None) == (step.status == "undelivered") for step in steps)


@given(BEHAVIOURS, st.integers())
def test_nobody_is_told_of_a_status_before_it_is_true(behaviour: Behaviour, seed: int) -> None:
    steps = plan_journey(a_text(), reachable=True, behaviour=behaviour, rng=random.Random(seed))
    true: set[str] = set()
    for step in steps:
        if step.moves:
            true.add(step.status)
        else:
            assert step.status in true


@given(BEHAVIOURS, st.integers())
def test_the_same_seed_makes_the_same_journey(behaviour: Behaviour, seed: int) -> None:
    first, second = (
        plan_journey(a_text(), reachable=True, behaviour=behaviour, rng=random.Random(seed)) for _ in range(2)
    )
    assert first == second


def test_without_an_address_or_with_callbacks_off_nobody_is_told() -> None:
    for text, behaviour in ((a_text(callback=""), Behaviour()), (a_text(), Behaviour(callbacks=False))):
        steps = plan_journey(text, reachable=True, behaviour=behaviour, rng=random.Random(1))
        assert [step.status for step in steps] == ["sending", "sent", "delivered"]
        assert all(step.moves for step in steps)


def test_with_no_pace_everything_happens_at_once() -> None:
    steps = plan_journey(a_text(), reachable=True, behaviour=Behaviour(pace=0, repeated=1), rng=random.Random(1))
    assert {step.at_s for step in steps} == {0}


def test_a_text_waits_its_turn_and_expires_when_it_waits_too_long() -> None:
    plan = lambda queue_s: [  # noqa: E731
        (step.status, step.at_s, step.error)
        for step in plan_journey(
            a_text("accepted", callback=""),
            reachable=True,
            behaviour=Behaviour(pace=0),
            rng=random.Random(1),
            queue_s=queue_s,
        )
    ]
    assert plan(60) == [("queued", 0, None), ("sending", 60, None), ("sent", 60, None), ("delivered", 60, None)]
    assert plan(36_001) == [("queued", 0, None), ("failed", 36_000, 30036)]
