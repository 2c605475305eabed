"""The environment of a local run: what the person has set, completed with what the run itself provides."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.problems import StartError
from shared.parts import Process

MISSED_CALL_NUMBER = "+15005550009"
"""The simulated carrier's second number, which takes no calls."""
DEFAULT_PORT = 8000
DEFAULT_SIMULATOR_PORT = 8010
DEFAULT_METRICS_PORT = 9460


@dataclass(frozen=True)
class Doors:
    """The loopback ports that people and programs know: the portal's, the simulator's, each process's metrics."""

    portal: int
    simulator: int
    metrics: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Doors":
        """The ports that the environment names, or the usual ones. Raises StartError."""
        return cls(
            _port(environment, "SILA_PORT", DEFAULT_PORT),
            _port(environment, "SILA_SIMULATOR_PORT", DEFAULT_SIMULATOR_PORT),
            _port(environment, "SILA_METRICS_PORT", DEFAULT_METRICS_PORT),
        )

    def needed(self, *, simulator: bool) -> dict[int, str]:
        """Each port that has to be free, and the variable that chooses it."""
        metrics = {self.metrics + process.metrics_port_offset: "SILA_METRICS_PORT" for process in Process}
        return {self.portal: "SILA_PORT"} | ({self.simulator: "SILA_SIMULATOR_PORT"} if simulator else {}) | metrics


@dataclass(frozen=True)
class Carrier:
    """The account at the simulated carrier, made once and kept."""

    account_sid: str
    auth_token: str
    messaging_service_sid: str

    @classmethod
    def kept_in(cls, file: Path) -> "Carrier":
        """The account in `file`, made there when missing."""
        if not file.exists():
            account = cls("AC" + secrets.token_hex(16), secrets.token_hex(16), "MG" + secrets.token_hex(16))
            file.touch(mode=0o600)
            file.write_text(json.dumps(account.__dict__, indent=1))
        return cls(**json.loads(file.read_text()))

    def variables(self, port: int) -> dict[str, str]:
        """Twilio's own variables, pointed at the simulator."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_MESSAGING_SERVICE_SID": self.messaging_service_sid,
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}",
            # A person who tries Sila out waits seconds for what takes a family a day, and texts cost nothing.
            "SILA_CONTACT_ROUND_S": "15",
            "SILA_MISSED_CALL_NUMBER": MISSED_CALL_NUMBER,
            "SILA_CARRIER_SEGMENTS_PER_S": "100",
            "SILA_QUIET_HOURS": "false",
        }


def has_real_carrier(environment: Mapping[str, str]) -> bool:
    """Whether the person has given credentials of a carrier, so that no simulator is wanted."""
    return bool(environment.get("TWILIO_ACCOUNT_SID"))


def defaults(doors: Doors, folder: Path) -> dict[str, str]:
    """What the parts are told unless the person has set it."""
    return {
        "SILA_BASE_URL": f"http://127.0.0.1:{doors.portal}",
        "SILA_KEYS": str(folder / "keys.json"),
        "SILA_VOICE": str(folder / "voice"),
        "SILA_PORT": str(doors.portal),
        "SILA_METRICS_PORT": str(doors.metrics),
        # Its own arenas for each thread cost glibc's malloc memory that is never used again.
        "MALLOC_ARENA_MAX": "2",
        # Every host is this one: a resolver of its own costs each service a third of a second at start.
        "EVENTLET_NO_GREENDNS": "yes",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore::DeprecationWarning",
    }


def _port(environment: Mapping[str, str], name: str, usual: int) -> int:
    value = environment.get(name) or str(usual)
    if not value.isdecimal() or not 1 <= int(value) <= 65_000:
        raise StartError(f"{name} is {value!r}; it wants a port between 1 and 65000.")
    return int(value)
