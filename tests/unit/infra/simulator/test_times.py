"""Filters by time take dates and instants, both ends inclusive."""

from datetime import UTC, datetime

import pytest

from infra.simulator.rest.errors import CarrierError
from infra.simulator.rest.times import time_filter

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400


@pytest.mark.parametrize(
    ("query", "at", "passes"),
    [
        ({}, NOON, True),
        ({}, 0, True),
        ({"DateSent": "2026-11-24"}, NOON, True),
        ({"DateSent": "2026-11-24"}, NOON + DAY_S, False),
        ({"DateSent": "2026-11-24"}, 0, False),
        ({"DateSent": "2026-11-24T12:00:00Z"}, NOON + 0.9, True),
        ({"DateSent": "2026-11-24T12:00:00Z"}, NOON + 1, False),
        ({"DateSent<": "2026-11-24"}, NOON, True),
        ({"DateSent<": "2026-11-23"}, NOON, False),
        ({"DateSent>": "2026-11-24"}, NOON, True),
        ({"DateSent>": "2026-11-24T12:00:01Z"}, NOON, False),
        ({"DateSent>": "2026-11-24", "DateSent<": "2026-11-24T11:59:59Z"}, NOON, False),
        ({"DateSent>": "2026-11-24"}, 0, False),
    ],
)
def test_what_passes(query: dict[str, str], at: float, passes: bool) -> None:
    assert time_filter(query, "DateSent")(at) is passes


def test_what_is_not_a_time_is_refused() -> None:
    with pytest.raises(CarrierError) as raised:
        time_filter({"DateSent<": "yesterday"}, "DateSent")
    assert raised.value.code == 20001
