"""Public figures: how many files there are, by governorate, event and status, so that no small group shows."""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

SMALLEST_SHOWN: Final = 10
"""Counts below are not told: few enough people might be recognised."""

_ROUNDED_TO: Final = 10
_COUNT = sa.text("""
SELECT governorate, event, status, is_open, count(*) AS reports FROM report GROUP BY governorate, event, status, is_open
""")
_PERSONS = sa.text("""SELECT count(DISTINCT "case") FROM report WHERE is_open""")


def statistics(db: Session) -> dict[str, Any]:
    """Rounded totals; a cell with fewer than ten is left out, and so is the next smallest, which would give it away."""
    rows = db.connection().execute(_COUNT).mappings().all()
    return {
        "reports": rounded(sum(row["reports"] for row in rows)),
        "open_cases": rounded(db.connection().execute(_PERSONS).scalar_one()),
        "by_governorate": shown(_by(rows, "governorate")),
        "by_event": shown(_by(rows, "event")),
    }


def _by(rows: Iterable[Any], column: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in rows:
        key = row[column] or "unknown"
        counted[key] = counted.get(key, 0) + row["reports"]
    return counted


def rounded(count: int) -> int:
    """A count as it is told: to the nearest ten."""
    return (count + _ROUNDED_TO // 2) // _ROUNDED_TO * _ROUNDED_TO


def shown(counted: dict[str, int]) -> dict[str, int]:
    """The cells that may be told. One hidden cell alone could be worked out from the total: then two are hidden."""
    by_size = sorted(counted.items(), key=lambda cell: (cell[1], cell[0]))
    hidden = {name for name, count in by_size if count < SMALLEST_SHOWN}
    if len(hidden) == 1 and len(by_size) > 1:
        hidden.add(by_size[1][0])
    return {name: rounded(count) for name, count in sorted(counted.items()) if name not in hidden}
