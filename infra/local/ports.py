"""Free ports on the loopback address: chosen once, remembered in a file, checked before use."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

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


def _read(file: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
