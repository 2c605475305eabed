"""Waiting for what the parts make of something, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], limit_s: float = 15, what: str = "", pause_s: float = 0.05) -> Found:
    """What `look` finds once it finds something. Fails after the limit, with what was seen last."""
    ends = time.monotonic() + limit_s
    while not (found := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {limit_s:.0f} s for {what or 'it'}; seen last: {found!r}")
        time.sleep(pause_s)
    return found
