"""Requests beyond a limit wait: the longer, the more there are, and never for good."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.slowing import NoRoomToWait, Slowing


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_delay_grows_with_the_excess_and_has_an_end(one: int, another: int) -> None:
    slowing = Slowing()
    fewer, more = sorted((one, another))
    assert 0 < slowing.delay_s(fewer) <= slowing.delay_s(more) <= slowing.longest_s


def test_only_so_many_of_one_address_wait_at_once_and_room_comes_back() -> None:
    async def doing() -> None:
        go = asyncio.Event()
        slowing = Slowing(most=5, most_of_one=3, sleep=lambda _: go.wait())
        held = [asyncio.create_task(slowing.hold("l", "one", 1)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(NoRoomToWait):
            await slowing.hold("l", "one", 1)
        held += [asyncio.create_task(slowing.hold("l", about, 1)) for about in ("another", "a third")]
        await asyncio.sleep(0)
        with pytest.raises(NoRoomToWait):
            await slowing.hold("l", "a fourth", 1)
        go.set()
        await asyncio.gather(*held)
        await slowing.hold("l", "one", 1)

    asyncio.run(doing())


def test_a_request_that_is_given_up_leaves_its_room() -> None:
    async def doing() -> None:
        slowing = Slowing(most=1)
        waiting = asyncio.create_task(slowing.hold("l", "one", 80))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await slowing.hold("l", "another", 0)

    asyncio.run(doing())
