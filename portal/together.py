"""What many requests ask of the database at the same moment goes there as one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import psycopg

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

LIMIT_S = 10.0


class NoAnswer(psycopg.OperationalError):
    """The database did not answer in time; what was asked of it may yet be carried out."""


class Together(Generic[Asked, Answer]):
    """Carries out in one statement all that was asked for while the ones before were under way.

    What is asked for alone waits for nobody. `carry_out` answers in the order of what it is given, at most `most`
    things; `at_once` of its calls may be under way. What it raises, each who asked is told.
    """

    def __init__(
        self,
        carry_out: Callable[[list[Asked]], Awaitable[Sequence[Answer]]],
        *,
        most: int,
        at_once: int = 1,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._carry_out = carry_out
        self._most, self._at_once, self._limit_s = most, at_once, limit_s
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Answer:
        """What `carry_out` answers. Raises what it raises, or NoAnswer after the limit."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if len(self._under_way) < self._at_once:
            self._under_way.add(asyncio.create_task(self._carry_on()))
        try:
            async with asyncio.timeout(self._limit_s):
                return await answer
        except TimeoutError as error:
            raise NoAnswer("no answer in time") from error

    async def _carry_on(self) -> None:
        task = asyncio.current_task()
        assert task
        try:
            while together := self._next():
                _tell(together, await self._answers([asked for asked, _ in together]))
        finally:
            # At once, not when the loop next turns: whoever asks before that must find that nobody is at work.
            self._under_way.discard(task)

    def _next(self) -> list[tuple[Asked, asyncio.Future[Answer]]]:
        """What is still waited for, as much as goes together."""
        waiting = [(asked, answer) for asked, answer in self._waiting if not answer.done()]
        self._waiting = waiting[self._most :]
        return waiting[: self._most]

    async def _answers(self, asked: list[Asked]) -> Sequence[Any]:
        try:
            return await self._carry_out(asked)
        except Exception as failure:
            return [failure] * len(asked)


def _tell(together: Sequence[tuple[Any, asyncio.Future[Any]]], answers: Sequence[Any]) -> None:
    for (_, answer), found in zip(together, answers, strict=True):
        if answer.done():  # who asked has hung up, or was told that it takes too long
            continue
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)
