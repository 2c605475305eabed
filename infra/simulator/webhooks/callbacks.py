"""Callbacks that must arrive sooner or later: a few at a time, tried again with growing pauses."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from infra.simulator.webhooks.line import WebhookError
from infra.simulator.webhooks.signed import Fields, SignedWebhooks

PAUSES_S = (0.5, 2.0, 8.0, 20.0, 40.0)


@dataclass(slots=True)
class Callback:
    """One call to make. `done` is told once whether the other side took it (True) or we gave up (False)."""

    url: str
    fields: Fields
    done: Callable[[bool], None]
    method: str = "POST"
    tries: int = 0


class Callbacks:
    """A queue with `workers` callers."""

    def __init__(self, webhooks: SignedWebhooks, workers: int, rng: random.Random) -> None:
        self._webhooks = webhooks
        self._workers = workers
        self._rng = rng
        self._due: deque[Callback] = deque()
        self._ready = asyncio.Semaphore(0)
        self._tasks: list[asyncio.Task[None]] = []
        self.taken = self.given_up = 0

    @property
    def waiting(self) -> int:
        """How many are due and not yet made."""
        return len(self._due)

    def start(self) -> None:
        """Begin to call."""
        self._tasks = [asyncio.create_task(self._work(), name=f"callbacks-{n}") for n in range(self._workers)]

    def stop(self) -> None:
        """Stop at once; what was not taken is made again after the next start."""
        for task in self._tasks:
            task.cancel()

    def add(self, callback: Callback) -> None:
        """Make this call as soon as a caller is free."""
        self._due.append(callback)
        self._ready.release()

    async def _work(self) -> None:
        while True:
            await self._ready.acquire()
            await self._make(self._due.popleft())

    async def _make(self, callback: Callback) -> None:
        try:
            answer = await self._webhooks.call(callback.method, callback.url, callback.fields)
        except WebhookError:
            self._again(callback)
            return
        if answer.status >= 500:
            self._again(callback)
            return
        self.taken += 1
        callback.done(True)

    def _again(self, callback: Callback) -> None:
        if callback.tries >= len(PAUSES_S):
            self.given_up += 1
            callback.done(False)
            return
        pause = PAUSES_S[callback.tries] * self._rng.uniform(0.75, 1.25)
        callback.tries += 1
        asyncio.get_running_loop().call_later(pause, self.add, callback)
