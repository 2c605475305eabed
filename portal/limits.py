"""How often something may be tried, counted in the database, so that every replica counts together.

A limit goes by a blind index of what it is about (a reference as it was typed, a phone, an address), never by the thing
itself, and counts unknown references like known ones. Limits by address slow down (`portal/slowing.py`), others close.
"""

import ipaddress
import time
from enum import StrEnum, auto

import psycopg
from limits import parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from portal.clients import parse_address
from portal.database import Database
from portal.slowing import NoRoomToWait, Slowing
from shared.sealing import Purpose, keys
from shared.settings import Settings

INCREASE = """
INSERT INTO limit_counter AS counter (key, hits, expires_at)
VALUES (%(key)s, %(amount)s, now() + make_interval(secs => %(expiry)s))
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counter.expires_at <= now() THEN excluded.hits ELSE counter.hits + excluded.hits END,
    expires_at = CASE WHEN counter.expires_at <= now() THEN excluded.expires_at ELSE counter.expires_at END
RETURNING hits
"""
HITS = "SELECT hits FROM limit_counter WHERE key = %(key)s AND expires_at > now()"
EXPIRY = (
    "SELECT extract(epoch FROM expires_at)::float8 AS at FROM limit_counter WHERE key = %(key)s AND expires_at > now()"
)


class Limit(StrEnum):
    """What is limited. A case's codes and its PIN have budgets of their own: whoever uses one up for a family leaves it
    the other way in."""

    REFERENCES_BY_ADDRESS = auto()
    REFERENCES_BY_KNOWN_BROWSER = auto()
    CODES_FOR_CASE = auto()
    CODES_FOR_CASE_DAILY = auto()
    CODES_FOR_CASE_MONTHLY = auto()
    CODES_FOR_KNOWN_BROWSER = auto()
    CODES_FOR_PHONE = auto()
    CODES_FOR_PHONE_DAILY = auto()
    CODES_FOR_PHONE_BY_KNOWN_BROWSERS = auto()
    CODES_FOR_UNVERIFIED_PHONE = auto()
    CODES_EVERYWHERE = auto()
    TRIES_BY_ADDRESS = auto()
    TRIES_BY_KNOWN_BROWSER = auto()
    PINS_BY_ADDRESS = auto()
    PINS_FOR_CASE = auto()
    PINS_FOR_CASE_MONTHLY = auto()
    PINS_BY_KNOWN_BROWSER = auto()
    REQUESTS_FOR_CASE = auto()
    PHOTOS_FOR_CASE = auto()
    REPORTS_BY_ADDRESS = auto()
    REPORTS_FROM_BUSY_ADDRESSES = auto()
    REPORTS_EVERYWHERE = auto()
    STAFF_TRIES_BY_ADDRESS = auto()
    STAFF_TRIES_FOR_ACCOUNT = auto()
    STAFF_TRIES_BY_KNOWN_DEVICE = auto()
    CALLS_BY_PHONE = auto()
    RING_BACKS_AT_ONCE = auto()
    RING_BACKS_FOR_PHONE = auto()
    RING_BACKS_EVERYWHERE = auto()
    TEXTS_BY_PHONE = auto()
    CALLS_BY_KEY = auto()
    CALLS_BY_INSTITUTION = auto()
    SEARCHES_BY_KEY = auto()
    FOREIGN_REFERENCES_BY_STAFF = auto()
    FOREIGN_REFERENCES_BY_KEY = auto()
    IMPORTS_BY_KEY = auto()


ALLOWED = {
    Limit.REFERENCES_BY_ADDRESS: "60 per 10 minute",
    Limit.REFERENCES_BY_KNOWN_BROWSER: "30 per 10 minute",
    Limit.CODES_FOR_CASE: "5 per 1 hour",
    Limit.CODES_FOR_CASE_DAILY: "12 per 1 day",
    Limit.CODES_FOR_CASE_MONTHLY: "40 per 30 day",
    Limit.CODES_FOR_KNOWN_BROWSER: "4 per 1 hour",
    Limit.CODES_FOR_PHONE: "6 per 1 hour",
    Limit.CODES_FOR_PHONE_DAILY: "12 per 1 day",
    Limit.CODES_FOR_PHONE_BY_KNOWN_BROWSERS: "8 per 1 day",
    Limit.CODES_FOR_UNVERIFIED_PHONE: "3 per 1 day",
    Limit.CODES_EVERYWHERE: "3000 per 1 hour",
    Limit.TRIES_BY_ADDRESS: "60 per 10 minute",
    Limit.TRIES_BY_KNOWN_BROWSER: "30 per 10 minute",
    Limit.PINS_BY_ADDRESS: "5 per 15 minute",
    Limit.PINS_FOR_CASE: "30 per 1 day",
    Limit.PINS_FOR_CASE_MONTHLY: "100 per 30 day",
    Limit.PINS_BY_KNOWN_BROWSER: "10 per 1 hour",
    Limit.REQUESTS_FOR_CASE: "30 per 1 hour",
    Limit.PHOTOS_FOR_CASE: "20 per 1 hour",
    Limit.REPORTS_BY_ADDRESS: "20 per 1 hour",
    Limit.REPORTS_FROM_BUSY_ADDRESSES: "500 per 1 hour",
    Limit.REPORTS_EVERYWHERE: "2000 per 1 hour",
    Limit.STAFF_TRIES_BY_ADDRESS: "30 per 10 minute",
    Limit.STAFF_TRIES_FOR_ACCOUNT: "8 per 15 minute",
    Limit.STAFF_TRIES_BY_KNOWN_DEVICE: "10 per 15 minute",
    Limit.CALLS_BY_PHONE: "20 per 1 hour",
    Limit.RING_BACKS_AT_ONCE: "1 per 2 minute",
    Limit.RING_BACKS_FOR_PHONE: "6 per 1 day",
    Limit.RING_BACKS_EVERYWHERE: "600 per 1 hour",
    Limit.TEXTS_BY_PHONE: "30 per 1 hour",
    Limit.CALLS_BY_KEY: "1200 per 1 minute",
    Limit.CALLS_BY_INSTITUTION: "3000 per 1 minute",
    Limit.SEARCHES_BY_KEY: "200 per 1 hour",
    Limit.FOREIGN_REFERENCES_BY_STAFF: "10 per 1 hour",
    Limit.FOREIGN_REFERENCES_BY_KEY: "60 per 1 hour",
    Limit.IMPORTS_BY_KEY: "30 per 1 hour",
}
SLOWING_DOWN = frozenset(
    {
        Limit.REFERENCES_BY_ADDRESS,
        Limit.TRIES_BY_ADDRESS,
        Limit.PINS_BY_ADDRESS,
        Limit.REPORTS_BY_ADDRESS,
        Limit.STAFF_TRIES_BY_ADDRESS,
    }
)
"""Limits that never close: families of a whole province may share an address."""
ITEMS = {limit: parse(ALLOWED[limit]) for limit in Limit}
RAISED = 100_000
"""How much more is allowed where a test of equal answers has limits raised."""


class TooMany(Exception):
    """A limit is reached. `wait_s` is how long until it is free again."""

    def __init__(self, limit: Limit, wait_s: float) -> None:
        super().__init__(limit.name)
        self.limit, self.wait_s = limit, max(wait_s, 1)

    @property
    def minutes(self) -> int:
        """How long to wait, in whole minutes."""
        return int(self.wait_s // 60) + 1


class Limits:
    """The portal's limits."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._storage = PostgresCounters(database)
        self._strategy = FixedWindowRateLimiter(self._storage)
        self._times = RAISED if settings.limits == "raised" else 1
        self.slowing = Slowing()

    async def has_room(self, limit: Limit, about: str) -> bool:
        """Count one, and say whether it was still within the limit. `about` is a blind index or an id."""
        return await self._count_over(limit, about) <= 0

    async def count(self, limit: Limit, about: str) -> bool:
        """Count one. Returns whether it was still within the limit.

        Beyond it, a limit that slows down holds the request for some seconds; any other raises TooMany, and so does one
        that slows down where too many requests are held already. Not to be called within a transaction.
        """
        over = await self._count_over(limit, about)
        if over <= 0:
            return True
        if limit not in SLOWING_DOWN:
            raise TooMany(limit, await self._wait_s(limit, about))
        try:
            await self.slowing.hold(limit, about, over)
        except NoRoomToWait:
            raise TooMany(limit, self.slowing.longest_s) from None
        return False

    async def _count_over(self, limit: Limit, about: str) -> int:
        """Count one. Returns how far that is beyond the limit; 0 or less is within it."""
        hits = await self._storage.incr(self._key(limit, about), ITEMS[limit].get_expiry())
        return hits - ITEMS[limit].amount * self._times

    async def is_free(self, limit: Limit, about: str) -> bool:
        """Whether there is room, without counting."""
        return await self._storage.get(self._key(limit, about)) < ITEMS[limit].amount * self._times

    async def refuse_if_full(self, limit: Limit, about: str) -> None:
        """Raises TooMany where there is no room, without counting."""
        if not await self.is_free(limit, about):
            raise TooMany(limit, await self._wait_s(limit, about))

    async def forget(self, limit: Limit, about: str) -> None:
        """Begin anew, as after a success."""
        await self._storage.clear(self._key(limit, about))

    def _key(self, limit: Limit, about: str) -> str:
        return ITEMS[limit].key_for(limit.name, about)

    async def _wait_s(self, limit: Limit, about: str) -> float:
        stats = await self._strategy.get_window_stats(ITEMS[limit], limit.name, about)

        return stats.reset_time - time.time()


class PostgresCounters(Storage):
    """The library's counters in the portal's database; a fixed window is one row and one statement."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What the storage may raise."""
        return psycopg.Error

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; a window that is over begins anew."""
        row = await self._database.one(INCREASE, {"key": key, "expiry": expiry, "amount": amount})
        assert row
        return row["hits"]

    async def get(self, key: str) -> int:
        """How often in the running window."""
        row = await self._database.one(HITS, {"key": key})
        return row["hits"] if row else 0

    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now where none runs."""

        row = await self._database.one(EXPIRY, {"key": key})
        return row["at"] if row else time.time()

    async def check(self) -> bool:
        """Whether the database answers."""
        return await self._database.one("SELECT 1 AS up") is not None

    async def reset(self) -> int | None:
        """Forget every counter."""
        return await self._database.run("DELETE FROM limit_counter")

    async def clear(self, key: str) -> None:
        """Forget one counter."""
        await self._database.run("DELETE FROM limit_counter WHERE key = %(key)s", {"key": key})


def address_index(request: Request) -> str:
    """The blind index of the client's address, which `portal/clients.py` has found."""
    return address_index_of(request.client.host if request.client else "")


def address_index_of(written: str) -> str:
    """The blind index of an address; of an IPv6 address its /64, which is one line's."""
    address = parse_address(written)
    if isinstance(address, ipaddress.IPv6Address):
        address = ipaddress.ip_network(f"{address}/64", strict=False).network_address
    return keys().blind_index(Purpose.PORTAL, f"address:{address or written}")


def reference_index(reference: str) -> str:
    """The blind index of a reference as it was typed, known or not."""
    return keys().blind_index(Purpose.PORTAL, f"reference:{reference}")
