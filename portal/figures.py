"""The public figures: totals of the whole country, rounded, small ones left out, the same for everybody for a while."""

import asyncio
import time

from portal.database import Database, Row
from portal.family.views import Figure, Figures
from shared.database import utc_now

COUNTS = """
SELECT count(*) AS reports, count(*) FILTER (WHERE samples > 0) AS families_with_samples,
    coalesce(sum(samples), 0)::bigint AS samples,
    (SELECT count(*) FROM visit WHERE state = 'attended') AS visits,
    (SELECT count(*) FROM meeting WHERE is_public AND NOT is_cancelled AND starts_at < now()) AS meetings
FROM family_file
"""
ROUNDED_TO = 10
SMALLEST = 10
KEPT_S = 60


def rounded(count: int) -> int | None:
    """A count as it may be published: to the nearest ten; None, for “fewer than 10”, where it is small."""
    return None if count < SMALLEST else (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


class PublicFigures:
    """The figures, counted anew when they are older than a minute: nobody watches one report arrive."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counting = asyncio.Lock()
        self._counted_at = 0.0
        self._figures: Figures | None = None

    async def now(self) -> Figures:
        """The figures as they are published."""
        async with self._counting:
            if self._figures is None or time.monotonic() - self._counted_at > KEPT_S:
                row = await self._database.one(COUNTS)
                assert row
                self._figures, self._counted_at = _published(row), time.monotonic()
            return self._figures


def _published(counts: Row) -> Figures:
    return Figures(utc_now().date(), tuple(Figure(name, rounded(count)) for name, count in counts.items()))
