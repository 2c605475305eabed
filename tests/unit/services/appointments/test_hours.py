"""Until when an offer can be answered: by day, with time to hear of it and to travel."""

from datetime import UTC, datetime, timedelta

import pytest

from services.appointments.hours import DAY_BEGINS, DAY_ENDS, answer_by

BAGHDAD_H = 3
DAYS_AWAY = timedelta(days=5)


def baghdad(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour - BAGHDAD_H, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "starts", "until"),
    [
        (baghdad(24, 12), baghdad(29, 12), baghdad(25, 12)),
        (baghdad(24, 21), baghdad(29, 12), baghdad(26, 9)),  # heard at nine in the morning
        (baghdad(24, 5), baghdad(29, 12), baghdad(25, 9)),
        (baghdad(24, 12), baghdad(25, 9), baghdad(24, 20)),  # three hours before is by night: the evening before
        (baghdad(24, 12), baghdad(25, 14), baghdad(25, 11)),
        (baghdad(24, 12), baghdad(24, 16), None),
        (baghdad(24, 23), baghdad(25, 9), None),
    ],
)
def test_until_when(made: datetime, starts: datetime, until: datetime | None) -> None:
    assert answer_by(made, starts, "Asia/Baghdad") == until


@pytest.mark.parametrize("hour", range(24))
def test_no_offer_ends_by_night(hour: int) -> None:
    made = datetime(2026, 11, 24, hour, tzinfo=UTC)

    until = answer_by(made, made + DAYS_AWAY, "Europe/Berlin")

    assert until
    local = until + timedelta(hours=1)
    assert DAY_BEGINS <= local.time() <= DAY_ENDS
