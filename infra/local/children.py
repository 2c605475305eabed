"""A child process that does not outlive us, and whose leftovers the next run finds.

Each child has a session of its own, so that Ctrl-C at the terminal reaches the supervisor alone, which then
stops its children in order. On Linux the kernel ends them when the thread that started them ends, so start
them from a thread that lives as long as they should: the main one.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from infra.local.problems import StartError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Child:
    """One program under watch: started, asked to stop, killed at last, and found again by its pid file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        pid_file: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience_s: float = 10,
    ) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.environment = dict(environment)
        self.log = log
        self.pid_file = pid_file
        self.stop_signal = stop_signal
        self.patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, *, fresh_log: bool = True) -> None:
        """Start it, after stopping what a killed run has left of it, and do not wait until it is ready.

        Raises StartError when the program or its log cannot be opened.
        """
        self.stop_leftover()
        try:
            with self.log.open("wb" if fresh_log else "ab") as log:
                self._process = self._spawn(log)
        except OSError as error:
            raise StartError(f"{self.name} cannot be started: {error}") from None
        self.pid_file.write_text(f"{self._process.pid} {_started_at(self._process.pid)}")

    def _spawn(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own command)
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid(), self.stop_signal),
        )

    @property
    def pid(self) -> int | None:
        """Its process id, once started from here."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal); None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether it was started from here and still runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Send its stop signal and do not wait."""
        if self.is_running and self._process:
            self._process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask it to stop; kill it when it has not within its patience. Also stops a leftover."""
        self.ask_to_stop()
        self.await_end()
        self.stop_leftover()

    def await_end(self) -> None:
        """Wait for it to end, its patience long; then kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(self.patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """`kill -9` for it and for what it has started in its session."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop_leftover(self) -> None:
        """Stop the process that the pid file names, if it is still that one and not ours."""
        leftover = _named_by(self.pid_file)
        if leftover and leftover.pid != self.pid:
            _end([leftover], self.stop_signal, self.patience_s)
        if not self.is_running:
            self.pid_file.unlink(missing_ok=True)

    def last_lines(self, count: int = 5) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except FileNotFoundError:
            return ""


def stop_together(children: Sequence[Child]) -> None:
    """Ask all to stop at once, then wait for each its patience long."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.await_end()


def stop_leftovers(folder: Path, patience_s: float = 20) -> None:
    """Stop at once what the pid files in a folder name and still runs."""
    leftovers = [process for file in folder.glob("*.pid") if (process := _named_by(file))]
    _end(leftovers, signal.SIGTERM, patience_s)


def wait_until(condition: Callable[[], bool], limit_s: float, pause_s: float = 0.05) -> bool:
    """Whether the condition came true within the limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def lives(process: psutil.Process) -> bool:
    """Whether a process still runs; one that ended and that nobody has waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _tie_to(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        if sys.platform == "linux":
            _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _started_at(pid: int) -> float:
    # A pid alone may long belong to somebody else; with its start time it is unmistakable.
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _named_by(pid_file: Path) -> psutil.Process | None:
    try:
        pid, started_at = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        is_the_same = abs(process.create_time() - float(started_at)) < 1
        return process if is_the_same and lives(process) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _end(processes: Sequence[psutil.Process], stop_signal: signal.Signals, patience_s: float) -> None:
    for number in (stop_signal, signal.SIGKILL):
        for process in filter(lives, processes):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        if wait_until(lambda: not any(map(lives, processes)), patience_s):
            return
