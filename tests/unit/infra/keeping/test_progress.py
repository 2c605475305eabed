"""Where there is no terminal, progress is a line now and then, and what is waited for is said."""

import pytest

from infra.keeping import progress


def test_a_step_says_when_it_is_done_and_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown() as steps:
        step = steps.step("reports", 4)
        step.advance(2)
        step.say("waits for the relay")
        step.say("")
        step.advance(2)
        step.advance(1)

    assert capsys.readouterr().out == "reports: waits for the relay\nreports: 4 of 4\n"


def test_a_long_step_says_how_far_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((0.0, 11.0, 11.0, 12.0, 30.0, 30.0))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    with progress.shown() as steps:
        step = steps.step("reports", 1000)
        for _ in range(3):
            step.advance(100)

    assert capsys.readouterr().out == "reports: 100 of 1000\nreports: 300 of 1000\n"
