"""A private RabbitMQ node on loopback ports, from the installed package and under the calling user.

The package's own scripts are run, not the wrapper on the PATH, which switches the user. The node's name,
ports, database, log, plugins and cookie are its own, and so is its `epmd` (Erlang's register of nodes), which
ends with it.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from infra.local.children import Child, wait_until
from infra.local.ports import LOOPBACK, free_ports, is_open
from infra.local.problems import StartError
from shared.messaging.accounts import definitions, hashed, new_passwords, url_for
from shared.parts import Process

USER = "sila"
_NODE = "sila@localhost"
_SCRIPT_FOLDERS = (
    "/usr/lib/rabbitmq/bin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
    "/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin",
    "/opt/rabbitmq/sbin",
)
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_CONFIGURATION = """\
listeners.tcp.1 = {address}:{amqp}
loopback_users.{user} = true
load_definitions = {definitions}
# With the default a million messages took 1,445 MB at the peak, so 331.
raft.wal_max_size_bytes = 33554432
disk_free_limit.absolute = 100MB
log.file.level = warning
log.console = false
"""


@dataclass(frozen=True)
class Ports:
    """The loopback ports of a node: for clients, between Erlang nodes, and of its `epmd`."""

    amqp: int
    distribution: int
    epmd: int

    @classmethod
    def free(cls) -> "Ports":
        """Ports that are free now."""
        return cls(*free_ports(3))


class Node:
    """A RabbitMQ node whose database, password and logs live in `directory`.

    It has one user with every right to the virtual hosts named in `vhosts`, which it makes at each start, and in
    the first of them an account for each process. `start()` recovers after `kill()` or a power cut.
    """

    def __init__(self, directory: Path, ports: Ports, vhosts: Sequence[str] = ("/",)) -> None:
        self.directory = directory.absolute()
        self.ports = ports
        self.vhosts = list(vhosts)
        self.epmd = self._child("epmd", [_epmd(), "-port", str(ports.epmd), "-address", LOOPBACK])
        # `-noinput` together with RABBITMQ_ALLOW_INPUT makes the script become the node, not its parent.
        arguments = ["-noinput", "-start_epmd", "false"]
        self.broker = self._child("rabbitmq", [script("rabbitmq-server"), *arguments], patience_s=20)

    def url(self, vhost: str = "/") -> str:
        """The AMQP URL of a virtual host."""
        return f"amqp://{USER}:{self._password()}@{LOOPBACK}:{self.ports.amqp}/{quote(vhost, safe='')}"

    def url_of(self, process: Process, vhost: str = "/") -> str:
        """The AMQP URL of a process's own account in a virtual host."""
        return url_for(self.url(vhost), process, self._passwords()[process])

    def create_accounts(self, vhost: str) -> None:
        """Make each process's account in a virtual host that is there."""
        file = self.directory / f"accounts-{secrets.token_hex(4)}.json"
        _write_secret(file, json.dumps(definitions(vhost, self._passwords())))
        try:
            self.control("import_definitions", str(file))
        finally:
            file.unlink()

    def start(self) -> None:
        """Start the node and wait until it accepts connections. Raises StartError."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start `epmd` and the node without waiting."""
        self._write_files()
        self.broker.stop_leftover()
        if not self.epmd.is_running:
            self.launch_epmd()
        self.broker.launch()

    def launch_epmd(self) -> None:
        """Start `epmd` alone, as after its end; a running node makes itself known to it again."""
        self.epmd.launch()
        wait_until(lambda: is_open(self.ports.epmd), limit_s=5)

    def await_ready(self, limit_s: float = 60) -> None:
        """Wait until the node accepts connections. Raises StartError with the end of its log."""
        wait_until(lambda: self._accepts() or not self.broker.is_running, limit_s)
        if not self._accepts():
            logs = self.directory / "log"
            raise StartError(f"RabbitMQ did not start: {self.broker.last_lines(1)} (its logs: {logs})")

    def stop(self) -> None:
        """Stop the node, then its `epmd`."""
        self.broker.stop()
        self.epmd.stop()

    def kill(self) -> None:
        """`kill -9` the node, as a power cut would; its `epmd` stays.

        RabbitMQ 3.10.8 writes a new quorum queue's name down only half a second after declaring it: killed before,
        it comes back without that queue's messages and never confirms another one.
        """
        self.broker.kill()

    def create_vhost(self, name: str) -> None:
        """Make a virtual host and give the node's user every right there."""
        self.control("add_vhost", name)
        self.control("set_permissions", "-p", name, USER, ".*", ".*", ".*")

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all its queues."""
        self.control("delete_vhost", name)

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` of this node answers. Raises StartError when it fails."""
        command = [str(script("rabbitmqctl")), "--quiet", "--node", _NODE, *arguments]
        environment = self._environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603 (our own)
        if done.returncode:
            raise StartError(f"rabbitmqctl {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def _child(self, name: str, command: Sequence[str | Path], patience_s: float = 5) -> Child:
        return Child(
            name,
            command,
            environment=self._environment(),
            log=self.directory / f"{name}.log",
            pid_file=self.directory / f"{name}.pid",
            patience_s=patience_s,
        )

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.ports.amqp), timeout=1) as connection:
                connection.sendall(_PROTOCOL_HEADER)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def _password(self) -> str:
        return (self.directory / "password").read_text().strip()

    def _passwords(self) -> dict[Process, str]:
        return {Process(p): word for p, word in json.loads((self.directory / "accounts.json").read_text()).items()}

    def _write_files(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._write_once("password", secrets.token_urlsafe(24))
        self._write_once("accounts.json", json.dumps(new_passwords()))
        self._write_once(".erlang.cookie", secrets.token_hex(20))
        (self.directory / "environment.conf").touch()
        (self.directory / "plugins").write_text("[].\n")
        definitions = self.directory / "definitions.json"
        _write_secret(definitions, json.dumps(self._definitions()))
        (self.directory / "rabbitmq.conf").write_text(
            _CONFIGURATION.format(address=LOOPBACK, amqp=self.ports.amqp, user=USER, definitions=definitions)
        )

    def _write_once(self, name: str, content: str) -> None:
        if not (self.directory / name).exists():
            _write_secret(self.directory / name, content)

    def _definitions(self) -> dict[str, object]:
        rights = {"user": USER, "configure": ".*", "write": ".*", "read": ".*"}
        accounts = definitions(self.vhosts[0], self._passwords())
        return {
            "users": [{"name": USER, "tags": "administrator", **hashed(self._password())}, *accounts["users"]],
            "vhosts": [{"name": vhost} for vhost in self.vhosts],
            "permissions": [*({"vhost": vhost, **rights} for vhost in self.vhosts), *accounts["permissions"]],
            "topic_permissions": accounts["topic_permissions"],
            "policies": _policies(self.vhosts),
        }

    def _environment(self) -> dict[str, str]:
        folder = self.directory
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        # Few schedulers that do not spin, and memory that is free goes back to the system at once: kept for later (10
        # segments), it was half of what the broker held while it read 300,000 messages again after a `kill -9`.
        frugal = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none +MMmcs 0"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")}
        return {
            **inherited,
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
            "RABBITMQ_CTL_ERL_ARGS": loopback,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{frugal} {loopback}",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
        }


def script(name: str) -> Path:
    """The path of one of the package's own scripts, such as `rabbitmqctl`. Raises StartError."""
    for folder in _SCRIPT_FOLDERS:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise StartError(
        "No RabbitMQ here. Install the package rabbitmq-server, or set SILA_AMQP_URL to a broker of your own."
    )


def is_installed() -> bool:
    """Whether the package's scripts are there."""
    return any((Path(folder) / "rabbitmq-server").exists() for folder in _SCRIPT_FOLDERS)


def major_version() -> int:
    """The installed RabbitMQ's major version."""
    home = script("rabbitmq-server").resolve().parent.parent
    found = [path.name for path in home.glob("**/plugins/rabbit-*")]
    return int(found[0].removeprefix("rabbit-").split(".")[0]) if found else 3


def _epmd() -> Path:
    beside_brew = [str(Path(folder).parents[2] / "bin") for folder in _SCRIPT_FOLDERS]
    found = shutil.which("epmd") or shutil.which("epmd", path=os.pathsep.join(beside_brew))
    if found is None:
        raise StartError("Erlang's epmd is not on the PATH; it comes with the package rabbitmq-server.")
    return Path(found)


def _policies(vhosts: Sequence[str]) -> list[dict[str, object]]:
    # RabbitMQ 4 drops a message after 20 deliveries unless told otherwise; 3.10, told so, after one.
    if major_version() < 4:
        return []
    policy = {
        "name": "keep",
        "pattern": ".*",
        "apply-to": "quorum_queues",
        "definition": {"delivery-limit": -1},
    }
    return [{"vhost": vhost, **policy} for vhost in vhosts]


def _write_secret(file: Path, content: str) -> None:
    file.touch(mode=0o600)
    file.write_text(content)
