"""What every test may ask for: a private database server and a private broker, started when first asked for.

One of each serves all workers of a run. They live in a folder of the run and end with it, however it ends.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import hypothesis
import psutil
import pytest
import sqlalchemy as sa

from infra.local.children import lives, wait_until
from infra.local.keeper import Servers, read_servers
from shared.database import engine_of
from shared.parts import Part
from shared.schema import migrate
from shared.sealing import generate_keys, keys
from shared.settings import Settings, settings

PartDatabase = Callable[[Part], sa.Engine]

_RUN = "SILA_TEST_RUN"
_OWNER = "SILA_TEST_OWNER"
_KEEPER_LIMIT_S = 120

# A run's result depends on the code alone: the same examples every time, however slow the machine. Who looks for new
# ones asks for it: `pytest --hypothesis-profile=search`.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1_000, print_blob=True)
hypothesis.settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) makes the run's folder and owns what is started in it."""
    if not hasattr(config, "workerinput"):
        os.environ[_RUN] = tempfile.mkdtemp(prefix="sila-test-")
        os.environ[_OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run has started."""
    if not hasattr(config, "workerinput") and _RUN in os.environ:
        run = Path(os.environ.pop(_RUN))
        _stop_keeper(run)
        shutil.rmtree(run, ignore_errors=True)


def _stop_keeper(run: Path) -> None:
    file = run / "keeper.pid"
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        keeper = psutil.Process(int(file.read_text()))
        keeper.send_signal(signal.SIGTERM)
        wait_until(lambda: not lives(keeper), 60)


def _start_keeper(run: Path) -> None:
    with (run / "keeper.log").open("wb") as log:
        command = [sys.executable, "-m", "infra.local.keeper", str(run), os.environ[_OWNER]]
        keeper = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    (run / "keeper.pid").write_text(str(keeper.pid))


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The run's servers; whoever asks first has them started."""
    run = Path(os.environ[_RUN])
    with (run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "keeper.pid").exists():
            _start_keeper(run)
        wait_until(lambda: read_servers(run) is not None, _KEEPER_LIMIT_S)
    servers = read_servers(run)
    if servers is None or servers.problem:
        log = (run / "keeper.log").read_text()
        pytest.fail(f"No servers for the tests. {servers.problem if servers else log}", pytrace=False)
    return servers


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """This worker's name: `gw0`, `gw1` …, or `master` without workers."""
    return getattr(request.config, "workerinput", {}).get("workerid", "master")


@pytest.fixture(scope="session")
def database_url(servers: Servers) -> str:
    """The database server, without a database."""
    return servers.postgres.url


@pytest.fixture(scope="session")
def amqp_url(servers: Servers, worker_id: str) -> str:
    """A virtual host that is this worker's alone for the whole run."""
    return servers.node.url(worker_id)


@pytest.fixture(scope="session")
def database_prefix(worker_id: str) -> str:
    """What the names of this worker's databases start with."""
    return _fresh_prefix(worker_id)


@pytest.fixture(scope="session")
def keys_file() -> Path:
    """The run's key file."""
    file = Path(os.environ[_RUN]) / "keys.json"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_text(json.dumps(generate_keys()))
    return file


@pytest.fixture(scope="session")
def sila_environment(
    database_url: str, amqp_url: str, database_prefix: str, keys_file: Path
) -> Iterator[dict[str, str]]:
    """The variables with which Sila uses this worker's databases and virtual host; set in this process too."""
    variables = {
        "SILA_ENVIRONMENT": "test",
        "SILA_DATABASE_URL": database_url,
        "SILA_DATABASE_PREFIX": database_prefix,
        "SILA_AMQP_URL": amqp_url,
        "SILA_KEYS": str(keys_file),
        "SILA_LOG_IN_STEP_S": "0",  # those that try it say so
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings.cache_clear()
        keys.cache_clear()
        yield variables
    settings.cache_clear()
    keys.cache_clear()


@pytest.fixture(scope="module")
def fresh_environment(servers: Servers, worker_id: str, sila_environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The variables for processes of this test module's own: other databases, another virtual host."""
    vhost = f"{worker_id}_{uuid.uuid4().hex[:6]}"
    prefix = _fresh_prefix(worker_id)
    servers.node.create_vhost(vhost)
    yield sila_environment | {"SILA_DATABASE_PREFIX": prefix, "SILA_AMQP_URL": servers.node.url(vhost)}
    servers.node.delete_vhost(vhost)
    _drop_databases(servers.postgres.url, prefix)


@pytest.fixture(scope="session")
def _templates(sila_environment: dict[str, str], database_prefix: str) -> Callable[[Part], Settings]:
    @cache
    def template(part: Part) -> Settings:
        config = settings().model_copy(update={"database_prefix": f"{database_prefix}template_"})
        migrate(config, part)
        return config

    return template


@pytest.fixture
def part_database(_templates: Callable[[Part], Settings], database_prefix: str) -> Iterator[PartDatabase]:
    """`part_database(Part.REPORTS)`: an engine on a database of this test's own, at its head and otherwise empty."""
    yield from _databases(_templates, f"{database_prefix}{uuid.uuid4().hex[:6]}_")


@pytest.fixture(scope="session")
def shared_database(_templates: Callable[[Part], Settings], database_prefix: str) -> Iterator[PartDatabase]:
    """As `part_database`, but one for all tests of this worker: for those that only read, or empty it."""
    yield from _databases(_templates, f"{database_prefix}shared_")


@pytest.fixture
def emptied_database(shared_database: PartDatabase) -> Iterator[PartDatabase]:
    """The worker's shared databases for a test that commits: emptied after it. New ones would take longer."""
    used: dict[Part, sa.Engine] = {}

    def database(part: Part) -> sa.Engine:
        return used.setdefault(part, shared_database(part))

    yield database
    for engine in used.values():
        _empty(engine)


def _empty(engine: sa.Engine) -> None:
    """Remove every row but those that a migration made."""
    with engine.begin() as db:
        names = db.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        kept = {"alembic_version"}
        db.execute(sa.text("SET LOCAL session_replication_role = replica"))  # the audit trail guards itself
        db.execute(sa.text(f"TRUNCATE {', '.join(sorted(set(names) - kept))} RESTART IDENTITY CASCADE"))


def _databases(templates: Callable[[Part], Settings], own: str) -> Iterator[PartDatabase]:
    engines: dict[Part, sa.Engine] = {}

    def make(part: Part) -> sa.Engine:
        if part not in engines:
            template = templates(part)
            _clone(template, f"{template.database_prefix}{part}", f"{own}{part}")
            engines[part] = engine_of(part, template.model_copy(update={"database_prefix": own}))
        return engines[part]

    yield make
    for engine in engines.values():
        engine.dispose()
    if engines:
        _drop_databases(settings().database_url, own)


def _fresh_prefix(worker_id: str) -> str:
    return f"t{uuid.uuid4().hex[:4]}_{worker_id}_"


def _clone(config: Settings, source: str, name: str) -> None:
    with _server(config.database_url) as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy'))


def _drop_databases(url: str, prefix: str) -> None:
    with _server(url) as connection:
        found = connection.scalars(
            sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"), {"prefix": prefix}
        ).all()
        for name in found:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextmanager
def _server(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
