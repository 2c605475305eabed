"""`make run` as a person meets it: what stops it is said in a line, and nothing it started is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from infra.local.children import lives, wait_until
from infra.local.ports import free_ports, is_open
from infra.local.readiness import READY, readiness
from shared.parts import Process
from tests.ports import free_doors

READY_LIMIT_S = 180
STOP_LIMIT_S = 60


class Run:
    """One `python -m infra.local` in a folder of its own, on ports of its own, without demo data."""

    def __init__(self, folder: Path, ports: list[int], **variables: str) -> None:
        self.folder = folder
        self.portal, self.simulator, self.metrics = ports
        own = {
            "SILA_PORT": str(self.portal),
            "SILA_SIMULATOR_PORT": str(self.simulator),
            "SILA_METRICS_PORT": str(self.metrics),
            "SILA_DEMO": "no",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SILA_", "TWILIO_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=folder,
            env=inherited | own | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._seen: set[psutil.Process] = set()

    def _listen(self) -> None:
        assert self.process.stdout
        self.said.extend(self.process.stdout)

    @property
    def output(self) -> str:
        return "".join(self.said)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.portal}"

    def has_said(self, words: str) -> bool:
        return words in self.output

    def started(self) -> set[psutil.Process]:
        """Every process that it has started, as far as it was ever seen from here."""
        if self.process.poll() is None:
            self._seen |= set(psutil.Process(self.process.pid).children(recursive=True))
        return self._seen

    def pid_of(self, process: Process) -> int:
        """A part's process id; 0 in the moment in which it is started again."""
        with suppress(FileNotFoundError, IndexError):
            return int((self.folder / ".local" / "run" / f"{process}.pid").read_text().split()[0])
        return 0

    def servers(self) -> dict[str, psutil.Process]:
        """The database server and the broker that run now, by name."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                found[child.name()] = child
        return {name: child for name, child in found.items() if name in {"postgres", "beam.smp"}}

    @property
    def broker_port(self) -> int:
        return json.loads((self.folder / ".local" / "ports.json").read_text())["amqp"]

    def await_ready(self) -> None:
        assert wait_until(lambda: self.has_said("Ctrl-C stops") or self.process.poll() is not None, READY_LIMIT_S)
        assert self.process.poll() is None, self.output
        self.started()

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and wait for its end. Returns the exit code."""
        self.started()
        self.process.send_signal(number)
        exit_code = self.process.wait(STOP_LIMIT_S)
        self._listener.join(60)
        return exit_code

    def left(self) -> set[psutil.Process]:
        """What it has started and still runs."""
        return {process for process in self._seen if lives(process)}


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """A port for the portal, one for the simulator, and the first of as many as there are processes."""
    return [*free_doors().values()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def refused(folder: Path, ports: list[int], **variables: str) -> str:
    """What it says when it cannot start."""
    run = Run(folder, ports, **variables)
    exit_code = run.process.wait(READY_LIMIT_S)
    run._listener.join(60)
    assert exit_code == 1, run.output
    return run.output.strip().splitlines()[-1]


def test_a_taken_port_is_told_in_a_line(folder: Path, ports: list[int]):
    with socket.create_server(("127.0.0.1", ports[0])):
        said = refused(folder, ports)

    assert said.startswith(f"Sila cannot start: Port {ports[0]} is taken by ")
    assert said.endswith("or set SILA_PORT to another.")


def test_a_folder_that_cannot_be_written_is_told_in_a_line(folder: Path, ports: list[int]):
    (folder / ".local").write_text("a file where the folder should be")

    assert refused(folder, ports).startswith(f"Sila cannot start: Cannot write to {folder}/.local (")


def test_a_broker_that_does_not_answer_is_told_in_a_line(folder: Path, ports: list[int]):
    silent = free_ports(1)[0]

    said = refused(folder, ports, SILA_AMQP_URL=f"amqp://someone:secret@127.0.0.1:{silent}/")

    assert said == "Sila cannot start: No broker answers at the address that SILA_AMQP_URL names."


def test_a_wrong_setting_is_told_in_a_line(folder: Path, ports: list[int]):
    assert "SILA_PORT is 'eighty'" in refused(folder, ports, SILA_PORT="eighty")


def test_stopped_while_it_starts_it_leaves_nothing(folder: Path, ports: list[int]):
    run = Run(folder, ports)
    assert wait_until(lambda: run.has_said("RabbitMQ"), READY_LIMIT_S), run.output

    exit_code = run.end(signal.SIGTERM)

    assert exit_code == 0
    assert run.started()
    assert not run.left()


@pytest.fixture(scope="module")
def ready_run(tmp_path_factory: pytest.TempPathFactory, ports: list[int]) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("run"), ports)
    run.await_ready()
    yield run
    if run.process.poll() is None:
        run.end()


def test_every_part_is_ready_once_it_says_so(ready_run: Run):
    assert readiness(ready_run.base_url) == READY


def test_its_state_is_for_its_owner_only(ready_run: Run):
    assert (ready_run.folder / ".local").stat().st_mode & 0o077 == 0


def test_a_second_run_from_the_same_folder_is_refused(ready_run: Run, ports: list[int]):
    assert "Sila already runs from" in refused(ready_run.folder, ports)


@pytest.mark.parametrize("process", [Process.GATEWAY, Process.PORTAL])
def test_a_killed_part_is_started_again(ready_run: Run, process: Process):
    killed = ready_run.pid_of(process)

    os.kill(killed, signal.SIGKILL)

    assert wait_until(lambda: ready_run.pid_of(process) not in {0, killed}, 60)
    assert ready_run.has_said(f"{process} ended (SIGKILL)")
    assert wait_until(lambda: is_open(ready_run.metrics + process.metrics_port_offset), 60, pause_s=0.5)
    assert wait_until(lambda: readiness(ready_run.base_url) == READY, 60, pause_s=0.5)


def test_a_killed_database_server_and_broker_are_started_again(ready_run: Run):
    killed = ready_run.servers()

    for process in killed.values():
        process.kill()

    assert wait_until(lambda: not killed.items() & ready_run.servers().items() and len(ready_run.servers()) == 2, 60)
    assert wait_until(lambda: is_open(ready_run.broker_port), 60, pause_s=0.5)
    assert wait_until(lambda: readiness(ready_run.base_url) == READY, 90, pause_s=0.5), readiness(ready_run.base_url)


def test_when_the_supervisor_is_killed_the_next_run_starts_and_ctrl_c_leaves_nothing(ready_run: Run, ports: list[int]):
    ready_run.end(signal.SIGKILL)

    successor = Run(ready_run.folder, ports)
    successor.await_ready()
    exit_code = successor.end(signal.SIGINT)

    assert exit_code == 0
    assert successor.output.rstrip().endswith("stopped.")
    assert wait_until(lambda: not ready_run.left() and not successor.left(), 60), successor.left()
    kept = json.loads((ready_run.folder / ".local" / "ports.json").read_text())
    assert not any(is_open(port) for port in (*ports, *kept.values()))
