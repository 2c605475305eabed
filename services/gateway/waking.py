"""The sender sleeps until there is something to send: whoever writes a text wakes those of this process.

Only a hint: what it misses (another process's texts, a time that has come) a sender finds by looking for itself, every
second while something happens, less often once nothing has for a while.
"""

import threading
import time
from weakref import WeakSet

from sqlalchemy import event
from sqlmodel import Session

_sleepers: WeakSet[threading.Event] = WeakSet()


def alarm_clock() -> threading.Event:
    """An event that is set whenever texts may wait; whoever sleeps on it clears it."""
    alarm = threading.Event()
    _sleepers.add(alarm)
    return alarm


class Vigil:
    """How soon to look again, for the loops of one process."""

    AWAKE_S, DROWSY_S = 1.0, 5.0
    DROWSY_AFTER_S = 10.0

    def __init__(self) -> None:
        self._last = time.monotonic()

    def note(self) -> None:
        """Something has happened."""
        self._last = time.monotonic()

    @property
    def is_drowsy(self) -> bool:
        """Whether nothing has happened for a while."""
        return time.monotonic() - self._last > self.DROWSY_AFTER_S

    def sleep(self, alarm: threading.Event) -> None:
        """Sleep until the next look, or until the alarm: then something has happened."""
        if alarm.wait(self.DROWSY_S if self.is_drowsy else self.AWAKE_S):
            self.note()


def wake_sender_at_commit(db: Session) -> None:
    """Wake the senders of this process once what the session wrote can be seen."""
    if not db.info.get("wakes_sender"):
        db.info["wakes_sender"] = True
        event.listen(db, "after_commit", _wake)


def _wake(db: object) -> None:
    for alarm in list(_sleepers):
        alarm.set()
