"""The parts of Sila: what runs as a process of its own, and what owns a database."""

from enum import StrEnum


class Part(StrEnum):
    """A part that owns a database; its name is the database's, behind the prefix."""

    REPORTS = "reports"
    MATCHING = "matching"
    APPOINTMENTS = "appointments"
    OUTREACH = "outreach"
    GATEWAY = "gateway"
    PORTAL = "portal"


class Process(StrEnum):
    """What `sila serve` can start. The projector writes the portal's database; the relay reads every one."""

    PORTAL = "portal"
    PROJECTOR = "projector"
    REPORTS = "reports"
    MATCHING = "matching"
    APPOINTMENTS = "appointments"
    OUTREACH = "outreach"
    GATEWAY = "gateway"
    RELAY = "relay"

    @property
    def metrics_port_offset(self) -> int:
        """How far this process's `/metrics` port lies above `SILA_METRICS_PORT`."""
        return list(Process).index(self)
