"""What happens to a text after its acceptance: when it changes its status, and when we are told of it.

Callbacks may come late, out of order and twice, as the real carrier's do.
"""

import random
from dataclasses import dataclass

from infra.simulator.behaviour import Behaviour
from infra.simulator.texts.text import RANK, Text

UNREACHABLE = 30003
EXPIRED = 30036
FAILURES = (30003, 30005, 30008)

# Medians, in seconds, of the time before each status.
_BEFORE_S = {"queued": 0.05, "sending": 0.1, "sent": 0.25, "delivered": 0.6, "undelivered": 1.2}
_CALL_S = 0.02
_LATE_S = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Step:
    """At `at_s` after acceptance the text takes a status (`moves`), or somebody is told of it."""

    at_s: float
    status: str
    moves: bool
    error: int | None = None


def plan_journey(
    text: Text, *, reachable: bool, behaviour: Behaviour, rng: random.Random, queue_s: float = 0.0
) -> list[Step]:
    """Every status after the present one and every callback, by time, for a text that waits `queue_s` its turn."""
    moves = _moves(text, reachable, behaviour, rng, queue_s)
    told = [step for step in moves if step.status in behaviour.callback_statuses] if behaviour.callbacks else []
    calls = _calls(told, behaviour, rng) if text.callback else []
    return sorted([*moves, *calls], key=lambda step: step.at_s)


def _moves(text: Text, reachable: bool, behaviour: Behaviour, rng: random.Random, queue_s: float) -> list[Step]:
    if queue_s > text.validity_s:
        return [*_queued(text), Step(text.validity_s, "failed", True, EXPIRED)]
    last, error = _outcome(reachable, behaviour, rng)
    steps: list[Step] = []
    at = 0.0
    for status in dict.fromkeys(("queued", "sending", "sent", last)):
        at += _BEFORE_S.get(status, 0) * rng.lognormvariate(0, 0.5) * behaviour.pace
        at += queue_s if status == "sending" else 0
        if RANK[status] > RANK[text.status]:
            steps.append(Step(at, status, True, error if status == last else None))
    return steps


def _queued(text: Text) -> list[Step]:
    return [Step(0.0, "queued", True)] if RANK[text.status] < RANK["queued"] else []


def _outcome(reachable: bool, behaviour: Behaviour, rng: random.Random) -> tuple[str, int | None]:
    if not reachable:
        return "undelivered", UNREACHABLE
    if rng.random() < behaviour.undelivered:
        return "undelivered", rng.choice(FAILURES)
    if rng.random() < behaviour.without_receipt:
        return "sent", None
    return "delivered", None


def _calls(moves: list[Step], behaviour: Behaviour, rng: random.Random) -> list[Step]:
    calls: list[Step] = []
    for step in moves:
        at = step.at_s + _CALL_S * behaviour.pace
        late = rng.uniform(*_LATE_S) * behaviour.pace
        if rng.random() < behaviour.out_of_order:
            at += late
        calls.append(Step(at, step.status, False, step.error))
        if rng.random() < behaviour.repeated:
            calls.append(Step(at + late, step.status, False, step.error))
    return calls
