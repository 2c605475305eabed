"""The tool's own log of what it asked for, at which door: the reconciliation believes this and nothing else."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Family:
    """A family of the campaign: its file, its contact, its phone."""

    reference: str
    contact: UUID
    phone: str
    phone_index: str


@dataclass(frozen=True, slots=True)
class Booking:
    """Places that a family asked for."""

    family: Family
    command: UUID
    visit: UUID
    session: UUID
    places: int


@dataclass
class Asked:
    """Everything that was asked for. Texts that come of it are counted by phone."""

    families: list[Family] = field(default_factory=list)
    token: str = ""
    """The word in the notice by which a phone's owner would know it."""
    bookings: list[Booking] = field(default_factory=list)
    cancelled: dict[UUID, UUID] = field(default_factory=dict)
    """Cancellations: the command → the visit."""
    additions: Counter[str] = field(default_factory=Counter)
    """What was added to a file, by reference."""
    addition_commands: list[UUID] = field(default_factory=list)
    inbound: dict[str, str] = field(default_factory=dict)
    """Texts from phones that the webhook took, by the carrier's id: the phone."""
    reports: dict[str, str] = field(default_factory=dict)
    """Reports that the API took: reference → phone."""
    other_texts: Counter[str] = field(default_factory=Counter)
    """Texts other than the notice that a phone is owed."""
    unanswered_doors: Counter[str] = field(default_factory=Counter)
    """How often a door did not take something at first, and it was asked again."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def owe(self, phone: str) -> None:
        """A phone is owed one more text."""
        with self._lock:
            self.other_texts[phone] += 1

    def knock_again(self, door: str) -> None:
        """A door was shut for a moment."""
        with self._lock:
            self.unanswered_doors[door] += 1
