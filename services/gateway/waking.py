"""The sender sleeps until there is something to send: whoever writes a text wakes those of this process.

Only a hint: what it misses (another process's texts, a time that has come) a sender finds by looking once a second.
"""

import threading
from weakref import WeakSet

from sqlalchemy import event
from sqlmodel import Session

_sleepers: WeakSet[threading.Event] = WeakSet()


def alarm_clock() -> threading.Event:
    """An event that is set whenever texts may wait; whoever sleeps on it clears it."""
    alarm = threading.Event()
    _sleepers.add(alarm)
    return alarm


def wake_sender_at_commit(db: Session) -> None:
    """Wake the senders of this process once what the session wrote can be seen."""
    if not db.info.get("wakes_sender"):
        db.info["wakes_sender"] = True
        event.listen(db, "after_commit", _wake)


def _wake(db: object) -> None:
    for alarm in list(_sleepers):
        alarm.set()
