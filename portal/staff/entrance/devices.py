"""Which devices an account has logged in from before, and how often a password may be tried.

Strangers share an account's budget and are closed out when it is used up. A device on which the
account has logged in before has a budget of its own, so that nobody locks a member of staff out by
trying her account. Whether a device is known is in a cookie that we alone can make.
"""

import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import limits_of
from portal.browsers import LIVES_S, browser_of
from portal.cookies import cookie_of, set_cookie
from portal.limits import Limit, address_index

KNOWN: Final = "sila_staff_known"
"""The cookie that says which accounts have logged in from this browser before, to us alone."""
MOST_ACCOUNTS: Final = 8
"""How many are kept: a shift may share an office's computer."""


def is_known(request: Request, account: str) -> bool:
    """Whether an account, by its blind index, has logged in from this browser before."""
    own = _mark(request, account)
    return any(hmac.compare_digest(mark.encode(), own.encode()) for mark in _marks(request))


async def count_try(request: Request, account: str) -> None:
    """A password or a one-time password was written, for an account that may not exist. Raises TooMany."""
    limits = limits_of(request)
    if is_known(request, account):
        await limits.count(Limit.STAFF_TRIES_BY_KNOWN_DEVICE, _own(request, account))
        return
    address = address_index(request)
    if not await limits.is_free(Limit.STAFF_TRIES_BY_ADDRESS, address):
        await limits.count(Limit.STAFF_TRIES_BY_ADDRESS, address)
    await limits.count(Limit.STAFF_TRIES_FOR_ACCOUNT, account)


async def count_failure(request: Request, account: str) -> None:
    """Only failures of strangers count against an address: a whole office may share one."""
    if not is_known(request, account):
        await limits_of(request).has_room(Limit.STAFF_TRIES_BY_ADDRESS, address_index(request))


async def remember(request: Request, response: Response, account: str) -> None:
    """The account has logged in: its device is known from now on, and its tries begin anew."""
    limits = limits_of(request)
    if is_known(request, account):
        # What strangers have used up stays so: else each log-in would give them another round.
        await limits.forget(Limit.STAFF_TRIES_BY_KNOWN_DEVICE, _own(request, account))
    else:
        await limits.forget(Limit.STAFF_TRIES_FOR_ACCOUNT, account)
    own = _mark(request, account)
    kept = [own, *(mark for mark in _marks(request) if mark != own)][:MOST_ACCOUNTS]
    set_cookie(request, response, KNOWN, ".".join(kept), LIVES_S)


def _marks(request: Request) -> list[str]:
    return [mark for mark in cookie_of(request, KNOWN).split(".")[:MOST_ACCOUNTS] if mark]


def _mark(request: Request, account: str) -> str:
    return browser_of(request).mark(f"staff:{account}")


def _own(request: Request, account: str) -> str:
    return f"{browser_of(request).digest.hex()}:{account}"
