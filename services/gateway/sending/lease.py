"""How long a text belongs to the sender that claimed it, and until when that sender may begin to call."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """A sender begins no call later than `begin_within_s` after its claim; others look the text up after `lasts`.

    Between the two lies the longest call, and as much again as the carrier may take to show what it has.
    """

    begin_within_s: float
    lasts: timedelta

    @classmethod
    def of(cls, carrier_timeout_s: float) -> "Lease":
        """The lease that goes with a time-out."""
        return cls(carrier_timeout_s + 10, timedelta(seconds=2 * carrier_timeout_s + 30))
