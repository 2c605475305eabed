"""How much is asked for and how often something breaks: every number follows from the size of the campaign."""

import random
from dataclasses import dataclass

FULL = 100_000
"""Texts at which every fault strikes as often as the goal says; smaller campaigns see each kind at least once."""
TEXTS_PER_S = 80
"""The quickest pace of the campaign: its callbacks come back through the portal, several for each text."""
PROCESSES = 8


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers of one run."""

    texts: int

    @property
    def share(self) -> float:
        """How much of the full number of faults: the root, so that a small campaign still sees many."""
        return min(1.0, (self.texts / FULL) ** 0.5)

    def times(self, full: int, at_least: int = 1) -> int:
        """How often something happens that happens `full` times in a full campaign."""
        return max(at_least, round(full * self.share))

    @property
    def broker_kills(self) -> int:
        return self.times(5)

    @property
    def database_kills(self) -> int:
        return self.times(5)

    @property
    def part_kills(self) -> int:
        """Each process at least once."""
        return self.times(20, PROCESSES)

    @property
    def carrier_kills(self) -> int:
        return self.times(3)

    @property
    def pauses(self) -> int:
        return self.times(8, 2)

    @property
    def line_faults(self) -> int:
        """Of each kind: lines cut, frozen, silent, gagged."""
        return self.times(4)

    @property
    def longest_pause_s(self) -> float:
        return max(6.0, 30.0 * self.share)

    @property
    def faults(self) -> int:
        return (
            self.broker_kills + self.database_kills + self.part_kills + self.carrier_kills + self.pauses
            + 4 * self.line_faults + 1
        )  # fmt: skip

    @property
    def campaign_s(self) -> float:
        """How long the campaign takes where nothing breaks; the faults are spread over it."""
        return max(self.faults * 5.0, self.texts / TEXTS_PER_S)

    @property
    def bookings(self) -> int:
        return max(30, self.texts // 20)

    @property
    def inbound(self) -> int:
        return max(30, self.texts // 20)

    @property
    def additions(self) -> int:
        return max(300, self.texts // 20)

    @property
    def reports(self) -> int:
        return max(15, self.texts // 50)

    @property
    def sessions(self) -> int:
        return max(4, self.bookings // 40)

    @property
    def unsettled_allowed(self) -> int:
        """One in 10,000; in a campaign that is smaller than that, one: a share of a text does not exist."""
        return max(1, self.texts // 10_000)

    @property
    def drain_s(self) -> float:
        """How long everything may take to come to rest after the last fault."""
        return 600.0 + self.texts / 20


def spread(rng: random.Random, count: int, over_s: float) -> list[float]:
    """So many moments over a time, evenly with a jitter, in order."""
    step = over_s / max(count, 1)
    return [step * (n + rng.random()) for n in range(count)]
