"""Answers that are the same whether or not there is such a report: whom a command names, and when it is answered."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from portal.at_hand import AtHand, settings_of
from portal.limits import reference_index
from shared.settings import Settings

Asked = TypeVar("Asked", bound=Request | AtHand)
Answer = TypeVar("Answer")


def answered_in_steps(
    answer: Callable[[Asked], Awaitable[Answer]],
) -> Callable[[Asked], Awaitable[Answer]]:
    """Answer after a multiple of `log_in_step_s` from when it was asked, whatever was looked up, sent or hashed.

    Work that differs by some milliseconds, or loads the machine for the next request, does not show in the time. No
    connection to the database is held meanwhile. An exception (a limit's) waits, too.
    """

    @functools.wraps(answer)
    async def in_steps(asked: Asked) -> Answer:
        began = monotonic()
        try:
            return await answer(asked)
        finally:
            await next_step(asked, began)

    return in_steps


async def next_step(asked: Request | AtHand, began: float) -> None:
    """Wait until a multiple of `log_in_step_s` after what was asked began, by the monotonic clock."""
    step_s = _settings(asked).log_in_step_s
    if step_s:
        await asyncio.sleep(step_s - (monotonic() - began) % step_s)


def _settings(asked: Request | AtHand) -> Settings:
    return settings_of(asked) if isinstance(asked, Request) else asked.settings


def contact_of_none(reference: str) -> UUID:
    """The contact that stands for a report that is nowhere: always the same, and nobody's.

    So a command that names a contact can be sent, and its owner decides as it would of any other.
    """
    return UUID(hex=reference_index(reference)[:32], version=4)
