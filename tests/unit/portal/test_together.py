import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from portal.together import NoAnswer, Together


class Doubling:
    """Doubles numbers, and can be held."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.failure: Exception | None = None

    async def __call__(self, numbers: list[int]) -> list[int]:
        self.calls.append(numbers)
        await self.may_answer.wait()
        if self.failure:
            raise self.failure
        return [2 * n for n in numbers]


def run(trial: Callable[[Doubling], Awaitable[None]]) -> None:
    async def in_loop() -> None:
        await trial(Doubling())

    asyncio.run(in_loop())


async def begun(*asked: Coroutine[Any, Any, int]) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(each) for each in asked]
    await asyncio.sleep(0.01)
    return tasks


def test_what_is_asked_for_at_the_same_moment_goes_as_one() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10)
        assert await asyncio.gather(*(together(n) for n in range(5))) == [0, 2, 4, 6, 8]
        assert doubling.calls == [[0, 1, 2, 3, 4]]
        assert await together(7) == 14

    run(trial)


def test_what_comes_while_one_is_under_way_waits_for_it_and_goes_together() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=3)
        doubling.may_answer.clear()
        tasks = await begun(together(1))
        tasks += await begun(*(together(n) for n in (2, 3, 4, 5)))
        assert doubling.calls == [[1]]
        doubling.may_answer.set()
        assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
        assert doubling.calls == [[1], [2, 3, 4], [5]]

    run(trial)


def test_as_many_calls_as_allowed_are_under_way() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10, at_once=2)
        doubling.may_answer.clear()
        tasks = [task for n in (1, 2, 3) for task in await begun(together(n))]
        assert doubling.calls == [[1], [2]]
        doubling.may_answer.set()
        assert await asyncio.gather(*tasks) == [2, 4, 6]

    run(trial)


def test_a_failure_is_told_to_each_who_asked_and_the_next_gets_an_answer() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10)
        doubling.failure = ValueError("no")
        answers = await asyncio.gather(together(1), together(2), return_exceptions=True)
        assert [type(answer) for answer in answers] == [ValueError, ValueError]
        doubling.failure = None
        assert await together(3) == 6

    run(trial)


def test_who_waits_too_long_is_told_and_nobody_works_for_them_any_more() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10, limit_s=0.05)
        doubling.may_answer.clear()
        tasks = await begun(together(1)) + await begun(together(2))
        for task in tasks:
            with pytest.raises(NoAnswer):
                await task
        doubling.may_answer.set()
        assert await together(3) == 6
        assert doubling.calls == [[1], [3]]

    run(trial)


def test_who_hangs_up_harms_nobody() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10)
        doubling.may_answer.clear()
        gone, staying = await begun(together(1), together(2))
        gone.cancel()
        doubling.may_answer.set()
        assert await staying == 4

    run(trial)


def test_who_asks_the_moment_that_one_has_ended_is_answered() -> None:
    async def trial(doubling: Doubling) -> None:
        together = Together(doubling, most=10, limit_s=1)
        assert await together(1) == 2
        assert await together(2) == 4  # no turn of the loop lies between the answer and this

    run(trial)
