"""Free ports on the loopback address: chosen once, remembered in a file, checked before use."""

import json
import random
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from infra.local.problems import StartError

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes the ports of outgoing connections.
FIRST, LAST = 20_000, 31_999


def is_free(port: int) -> bool:
    """Whether nothing listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, taken: Iterable[int] = ()) -> list[int]:
    """`count` different ports that are free now, none of them in `taken`."""
    found: list[int] = []
    for port in random.sample(range(FIRST, LAST), LAST - FIRST):
        if port not in (*taken, *found) and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise StartError(f"No {count} free ports between {FIRST} and {LAST} on {LOOPBACK}.")


def remembered_ports(file: Path, names: Iterable[str]) -> dict[str, int]:
    """A port for each name: the one in `file` as long as it is free, else another, written back there."""
    ports = _read(file)
    for name in names:
        if name not in ports or not is_free(ports[name]):
            ports[name] = free_ports(1, taken=ports.values())[0]
    file.write_text(json.dumps(ports, indent=1))
    return ports


def is_open(port: int, host: str = LOOPBACK, limit_s: float = 1) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((host, port), limit_s).close()
    except OSError:
        return False
    return True


def answers(url: str, usual_port: int) -> bool:
    """Whether something takes connections at a URL's host and port."""
    address = urlsplit(url)
    return is_open(address.port or usual_port, address.hostname or LOOPBACK, limit_s=5)


def require_free(ports: Mapping[int, str]) -> None:
    """Raise StartError, naming the variable that chooses it, when one of these ports is taken."""
    for port, variable in ports.items():
        if not is_free(port):
            raise StartError(f"Port {port} is taken{_by(port)}. Stop what uses it, or set {variable} to another.")


def _by(port: int) -> str:
    try:
        holders = [c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr[1:] == (port,)]
        return f" by {psutil.Process(holders[0]).name()} (process {holders[0]})" if holders else ""
    except psutil.Error:
        return ""


def _read(file: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
