"""Slowing a client down instead of turning it away: requests beyond a limit are held for a while.

A nation shares a few addresses (carrier-grade NAT), so that an address which asks often is no
attacker yet. Each request is held before anything is looked up, and for how long follows from the
count alone: a known reference waits as long as an unknown one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from portal.metrics import slowed


class NoRoomToWait(Exception):
    """So many requests are held that this one cannot be."""


@dataclass
class Slowing:
    """The requests that this process holds. A held one costs a task and its connection, and nothing else."""

    longest_s: float = 8.0
    longer_by_s: float = 0.1
    most: int = 200
    most_of_one: int = 8
    """Of one address: with `longest_s` that is one request a second, whoever sends how many."""
    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    _held: Counter[str] = field(default_factory=Counter[str])

    def delay_s(self, over: int) -> float:
        """How long the request waits that is the `over`-th beyond its limit."""
        return min(self.longest_s, self.longer_by_s * over)

    @property
    def most_per_s(self) -> float:
        """How many requests a second one address gets through for good, far beyond its limit."""
        return self.most_of_one / self.longest_s

    async def hold(self, limit: str, about: str, over: int) -> None:
        """Let a request wait. Raises NoRoomToWait."""
        key = f"{limit}/{about}"
        if self._held[key] >= self.most_of_one or self._held.total() >= self.most:
            slowed.labels(limit, "refused").inc()
            raise NoRoomToWait
        slowed.labels(limit, "held").inc()
        self._held[key] += 1
        try:
            await self.sleep(self.delay_s(over))
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
