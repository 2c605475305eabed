"""The carrier as the gateway sees it: what every adapter can do, and how a call can end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has the text, under this id."""

    carrier_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier does not take this text, and would not take it later."""

    code: int


@dataclass(frozen=True, slots=True)
class NotNow:
    """The carrier surely does not have the text; it may be tried again."""

    reason: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the carrier has the text: no answer, a cut line, an error after it may have been taken."""

    reason: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class TooLate:
    """The text's time with this sender was over before the call began: nothing was sent."""


Outcome = Accepted | Refused | NotNow | Unknown | TooLate


@dataclass(frozen=True, slots=True)
class CarriedText:
    """A text as the carrier lists it."""

    carrier_id: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CarriedCall:
    """A call as the carrier lists it; its status as ours are written, with an underscore."""

    carrier_id: str
    status: str
    answered_by: str | None
    created_at: datetime


class CarrierSilent(Exception):
    """The carrier could not be asked."""


class Carrier(Protocol):
    """A carrier of texts and calls."""

    @property
    def sender(self) -> str:
        """What its pace is counted for: a number or a service."""
        ...

    def send(self, to: str, body: str, *, callback_url: str, valid_for_s: int, not_begun_after: float) -> Outcome:
        """Hand one text over. `not_begun_after` is on `time.monotonic()`: later, nothing is sent.

        After `valid_for_s` the carrier itself drops a text that still stands in its queue.
        """
        ...

    def call(self, to: str, *, words_url: str, callback_url: str, not_begun_after: float) -> Outcome:
        """Have a phone rung; who picks up hears what `words_url` answers. `not_begun_after` as of `send`."""
        ...

    def list_calls(self, to: str, since: datetime) -> Iterable[CarriedCall]:
        """The calls to a number that it took since then, newest first. Raises CarrierSilent."""
        ...

    def find_call(self, carrier_id: str) -> CarriedCall | None:
        """How a call stands; None where the carrier knows of none. Raises CarrierSilent."""
        ...

    def list_sent(self, to: str, since: datetime) -> Iterable[CarriedText]:
        """What the carrier took for a number since then, newest first. Raises CarrierSilent."""
        ...
