"""What bounds guessing at the family's door, and does not let a guesser lock a family out (`docs/one-time-codes.md`).

Strangers share a case's budgets. A browser that opened the case before has budgets of its own: nobody else can use them
up, since its mark is in a cookie that we alone can make. What is sent to nobody counts towards no budget of those sent.
"""

import hmac
from typing import Final

from starlette.requests import Request

from portal.at_hand import limits_of
from portal.browsers import browser_of
from portal.cookies import cookie_of
from portal.files import WhoLogsIn
from portal.limits import Limit, address_index

KNOWN: Final = "sila_known"
"""The cookie that says which case this browser has opened before, to us alone."""
NOBODY: Final = "nobody"


def is_known(request: Request, typed: str) -> bool:
    """Whether this browser opened the case before whose reference has this blind index."""
    return hmac.compare_digest(cookie_of(request, KNOWN).encode(), browser_of(request).mark(typed).encode())


async def count_reference(request: Request, typed: str) -> None:
    """A reference was written. Raises TooMany: of the address's, or of this browser's own, where it is known."""
    if is_known(request, typed):
        await limits_of(request).count(Limit.REFERENCES_BY_KNOWN_BROWSER, _own(request, typed))
    else:
        await limits_of(request).count(Limit.REFERENCES_BY_ADDRESS, address_index(request))


async def count_try(request: Request, typed: str) -> None:
    """A code or PIN was written. Raises TooMany."""
    if is_known(request, typed):
        await limits_of(request).count(Limit.TRIES_BY_KNOWN_BROWSER, _own(request, typed))
    else:
        await limits_of(request).count(Limit.TRIES_BY_ADDRESS, address_index(request))


async def count_pin(request: Request, typed: str) -> None:
    """A PIN was written. Raises TooMany."""
    limits = limits_of(request)
    if is_known(request, typed):
        await limits.count(Limit.PINS_BY_KNOWN_BROWSER, _own(request, typed))
        return
    await limits.count(Limit.PINS_BY_ADDRESS, f"{address_index(request)}:{typed}")
    await limits.count(Limit.PINS_FOR_CASE, typed)
    await limits.count(Limit.PINS_FOR_CASE_MONTHLY, typed)


async def forget_pins(request: Request, typed: str) -> None:
    """The right PIN came from this address."""
    await limits_of(request).forget(Limit.PINS_BY_ADDRESS, f"{address_index(request)}:{typed}")


async def may_text(request: Request, found: WhoLogsIn | None, typed: str) -> bool:
    """Whether a code may go out. Every limit is counted for everybody, so that none answers faster."""
    phone = found.phone_index if found and found.phone_index else f"{NOBODY}:{typed}"
    if is_known(request, typed):
        counted = _of_known_browser(_own(request, typed), phone)
    else:
        counted = _of_strangers(found, typed, phone)
    return all([await limits_of(request).has_room(limit, about) for limit, about in counted])


def _of_known_browser(browser: str, phone: str) -> list[tuple[Limit, str]]:
    return [(Limit.CODES_FOR_KNOWN_BROWSER, browser), (Limit.CODES_FOR_PHONE_BY_KNOWN_BROWSERS, phone)]


def _of_strangers(found: WhoLogsIn | None, typed: str, phone: str) -> list[tuple[Limit, str]]:
    is_verified = found is None or found.is_verified
    by_phone = Limit.CODES_FOR_PHONE if is_verified else Limit.CODES_FOR_UNVERIFIED_PHONE
    return [
        (Limit.CODES_FOR_CASE, typed),
        (Limit.CODES_FOR_CASE_DAILY, typed),
        (Limit.CODES_FOR_CASE_MONTHLY, typed),
        (by_phone, phone),
        (Limit.CODES_FOR_PHONE_DAILY, phone),
        (Limit.CODES_EVERYWHERE, "all" if found and found.phone_index else NOBODY),
    ]


def _own(request: Request, typed: str) -> str:
    return f"{browser_of(request).digest.hex()}:{typed}"
