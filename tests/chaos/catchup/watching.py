"""What is watched while a backlog is worked off: every process's memory, and whether families' pages answer."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import psutil

from portal.pins import hash_of_pin
from shared.parts import Part
from tests.chaos.asked import Family
from tests.chaos.ground import BROKER, Ground
from tests.system.visitor import Visitor

PIN = "428137"
MEGABYTE = 1_000_000


@dataclass
class Memory:
    """The most that each process has held, in megabytes (resident, what it shares counted in)."""

    peaks: dict[str, float] = field(default_factory=dict[str, float])

    def look(self, ground: Ground) -> None:
        """Measure every part and the broker."""
        for name in (*ground.parts, BROKER):
            held = resident_mb(ground.pid_of(name))
            self.peaks[name] = max(self.peaks.get(name, 0), held)

    @property
    def of_python(self) -> dict[str, float]:
        """The parts' peaks, rounded."""
        return {name: round(peak) for name, peak in self.peaks.items() if name != BROKER}

    @property
    def of_broker(self) -> float:
        """The broker's peak, rounded."""
        return round(self.peaks.get(BROKER, 0))


def resident_mb(pid: int | None) -> float:
    """What a process holds, with its children; 0 where it is down."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid or 0)
        return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / MEGABYTE
    return 0


class Reader:
    """A family that looks at its page four times a second, from log-in to the end."""

    EVERY_S = 0.25

    def __init__(self, ground: Ground, family: Family) -> None:
        with ground.database(Part.PORTAL) as db:
            db.execute("INSERT INTO pin (reference, pin_hash) VALUES (%s, %s)", (family.reference, hash_of_pin(PIN)))
        self._visitor = Visitor(ground.portal_url)
        self._visitor.go("/en/status").send("/status", reference=family.reference)
        self._visitor.send("/status/enter", pin=PIN)
        assert self._shows_file(), "the family cannot log in"
        self.seconds: list[float] = []
        self.failed = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _shows_file(self) -> bool:
        return self._visitor.page.status_code == 200 and "/en/status/end" in self._visitor.text

    def _read(self) -> None:
        while not self._stop.wait(self.EVERY_S):
            started = time.perf_counter()
            try:
                self._visitor.go("/en/status")
            except httpx.HTTPError:
                self.failed += 1
                continue
            self.seconds.append(time.perf_counter() - started)
            self.failed += not self._shows_file()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join(30)

    def figures(self) -> dict[str, float]:
        """How many pages were asked for, how many failed, and how long they took in milliseconds."""
        slowest = sorted(self.seconds)
        at = {"p50_ms": 0.5, "p99_ms": 0.99, "slowest_ms": 1.0}
        times = {name: round(1000 * slowest[int(share * (len(slowest) - 1))], 1) for name, share in at.items()}
        return {"asked": len(slowest) + self.failed, "failed": self.failed, **times}
