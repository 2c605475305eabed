import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.children import Child, wait_until
from infra.local.watching import FIRST_PAUSE_S, LONGEST_PAUSE_S, Watch, how, pause_after


def test_the_pause_doubles_while_a_child_keeps_ending():
    pauses = [0.0]
    for _ in range(7):
        pauses.append(pause_after(pauses[-1], ran_s=1))

    assert pauses[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_child_that_had_started_well_is_started_again_at_once():
    assert pause_after(LONGEST_PAUSE_S, ran_s=60) == FIRST_PAUSE_S


@given(st.floats(0, 5), st.floats(0, 1e6))
def test_a_pause_is_never_outside_its_bounds(previous_s: float, ran_s: float):
    assert FIRST_PAUSE_S <= pause_after(previous_s, ran_s) <= LONGEST_PAUSE_S or 0 < previous_s < FIRST_PAUSE_S


@pytest.mark.parametrize(
    ("exit_code", "words"), [(1, "exit code 1"), (0, "exit code 0"), (-9, "SIGKILL"), (None, "unknown")]
)
def test_an_end_is_told_in_words(exit_code: int | None, words: str):
    assert how(exit_code) == words


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(said: list[str]) -> Iterator[Watch]:
    before = signal.getsignal(signal.SIGCHLD)
    watch = Watch(said.append)
    yield watch
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, before)
    for watched in watch.watched:
        watched.child.kill()


@pytest.fixture
def sleeper(tmp_path: Path) -> Child:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    return Child("sleeper", command, environment=os.environ, log=tmp_path / "log", pid_file=tmp_path / "pid")


def test_what_is_killed_is_started_again_and_told(watch: Watch, sleeper: Child, said: list[str]):
    watch.add(sleeper)
    first = sleeper.pid
    assert first

    os.kill(first, signal.SIGKILL)

    assert wait_until(lambda: watch.look(1) or (sleeper.is_running and sleeper.pid != first), 60)
    assert said == ["sleeper ended (SIGKILL); starting it again in 0.2 s"]


def test_looking_ends_after_its_limit_when_nothing_happens(watch: Watch, sleeper: Child, said: list[str]):
    watch.add(sleeper)

    watch.look(0.05)

    assert sleeper.is_running
    assert said == []
