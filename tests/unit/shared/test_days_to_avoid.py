"""Days on which nobody is asked to come."""

from datetime import date

import pytest

from shared.days_to_avoid import is_feast, is_in_ramadan, reason_to_avoid


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 3, 20), "Eid al-Fitr, or next to it"),
        (date(2026, 3, 19), "Eid al-Fitr, or next to it"),
        (date(2026, 5, 27), "Eid al-Adha, or next to it"),
        (date(2026, 6, 25), "Ashura, or next to it"),
        (date(2026, 4, 15), "Çarşema Sor, the Yezidi new year"),
        (date(2026, 11, 27), "a Friday"),
        (date(2026, 11, 28), "a Saturday"),
        (date(2026, 11, 29), None),
        (date(2500, 1, 3), None),
    ],
)
def test_what_speaks_against_a_day(day: date, why: str | None) -> None:
    assert reason_to_avoid(day) == why


def test_a_friday_is_no_feast_and_ramadan_is_a_month() -> None:
    assert not is_feast(date(2026, 11, 27))
    assert is_feast(date(2026, 3, 20))
    assert is_in_ramadan(date(2026, 3, 1))
    assert not is_in_ramadan(date(2026, 4, 1))
