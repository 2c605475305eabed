import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.children import Child, lives, stop_leftovers, stop_together, wait_until
from infra.local.problems import StartError

MakeChild = Callable[..., Child]
SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeChild]:
    made: list[Child] = []

    def make(code: str = SLEEPS, name: str = "child", patience_s: float = 5) -> Child:
        child = Child(
            name,
            [sys.executable, "-c", code],
            environment=os.environ,
            log=tmp_path / f"{name}.log",
            pid_file=tmp_path / f"{name}.pid",
            patience_s=patience_s,
        )
        made.append(child)
        return child

    yield make
    for child in made:
        child.kill()


def started(child: Child) -> Child:
    child.launch()
    assert wait_until(lambda: "up" in child.last_lines(), 60)
    return child


def test_a_stopped_child_has_ended_by_its_stop_signal(make: MakeChild):
    child = started(make())

    child.stop()

    assert child.exit_code == -signal.SIGTERM
    assert not child.pid_file.exists()


def test_a_child_that_does_not_stop_within_its_patience_is_killed(make: MakeChild):
    child = started(make(STUBBORN, patience_s=0.2))

    child.stop()

    assert child.exit_code == -signal.SIGKILL


def test_children_are_asked_together_and_each_has_ended(make: MakeChild):
    children = [started(make(name=name)) for name in ("one", "two")]

    stop_together(children)

    assert not any(child.is_running for child in children)


def test_what_a_killed_run_left_is_stopped_by_the_next(make: MakeChild):
    left = started(make())

    successor = make()
    successor.launch()

    assert left.exit_code == -signal.SIGTERM
    assert successor.is_running


def test_leftovers_are_found_by_their_pid_files(make: MakeChild):
    left = started(make())

    stop_leftovers(left.pid_file.parent)

    assert left.exit_code == -signal.SIGTERM


def test_a_stranger_with_a_remembered_pid_is_left_alone(make: MakeChild):
    stranger = started(make(name="stranger"))
    child = make()
    child.pid_file.write_text(f"{stranger.pid} 1.0")

    child.stop_leftover()

    assert stranger.is_running


def test_a_pid_file_without_sense_is_no_leftover(make: MakeChild):
    child = make()
    child.pid_file.write_text("not a pid")

    child.stop_leftover()

    assert not child.pid_file.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()

    assert wait_until(lambda: not lives(child), 60)


PARENT = """
import os, sys, time
from pathlib import Path
from infra.local.children import Child
folder = Path(sys.argv[1])
child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], environment=os.environ,
              log=folder / "log", pid_file=folder / "pid")
child.launch()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_log_starts_afresh_or_goes_on(make: MakeChild):
    child = make("print('said')")
    for fresh, expected in ((True, "said"), (False, "said\nsaid"), (True, "said")):
        child.launch(fresh_log=fresh)
        child.await_end()
        assert child.last_lines() == expected


def test_a_program_that_is_not_there_is_told(tmp_path: Path):
    child = Child("lost", [tmp_path / "lost"], environment={}, log=tmp_path / "log", pid_file=tmp_path / "pid")

    with pytest.raises(StartError, match=r"lost cannot be started: .*No such file"):
        child.launch()
