"""What happened when, for the person who reads the report: one line each, also said at once."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Timeline:
    """Lines with the seconds since the beginning."""

    begun: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        """Something happened now."""
        line = f"{time.monotonic() - self.begun:8.1f} s  {what}"
        with self._lock:
            self.lines.append(line)
            print(line, flush=True)
