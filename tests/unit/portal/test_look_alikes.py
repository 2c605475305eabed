"""When log-ins are answered, by a clock of the test's own."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from portal import look_alikes
from portal.look_alikes import answered_in_steps

STEP_S = 0.25


def waited(monkeypatch: pytest.MonkeyPatch, work_s: float, *, step_s: float = STEP_S, fails: bool = False) -> float:
    """How long an answer waits after work that took so long."""
    clock, slept = iter([100.0, 100.0 + work_s]), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    patched: Any = SimpleNamespace(sleep=sleep)
    monkeypatch.setattr(look_alikes, "asyncio", patched)
    monkeypatch.setattr(look_alikes, "monotonic", lambda: next(clock))
    state = SimpleNamespace(settings=SimpleNamespace(log_in_step_s=step_s))
    request = Request({"type": "http", "app": SimpleNamespace(state=state)})

    @answered_in_steps
    async def answer(_: Request) -> str:
        if fails:
            raise LookupError
        return "answered"

    if fails:
        with pytest.raises(LookupError):
            asyncio.run(answer(request))
    else:
        assert asyncio.run(answer(request)) == "answered"
    return sum(slept)


@given(st.floats(0, 10))
def test_an_answer_comes_after_a_multiple_of_the_step(work_s: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        wait_s = waited(patch, work_s)
    steps = (work_s + wait_s) / STEP_S
    assert 0 < wait_s <= STEP_S
    assert steps == pytest.approx(round(steps), abs=1e-6)


def test_a_refusal_waits_as_an_answer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, 0.01, fails=True) == pytest.approx(0.24)


def test_without_a_step_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, 0.01, step_s=0) == 0
