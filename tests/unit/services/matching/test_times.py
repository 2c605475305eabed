"""When rounds and routine contacts are due."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.matching.rounds import next_after
from services.matching.routine import EARLY_SHARE, draw_wait

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_next_round_is_one_distance_later() -> None:
    assert next_after(AT, AT + timedelta(seconds=2), DAY) == AT + DAY


def test_rounds_missed_while_the_system_was_down_are_not_made_up() -> None:
    assert next_after(AT, AT + 3.5 * DAY, DAY) == AT + 4 * DAY


@given(st.integers(1, 10**6), st.integers(-(10**6), 10**8))
def test_the_next_round_is_always_ahead_and_keeps_the_distance(distance_s: int, late_s: int) -> None:
    distance, at = timedelta(seconds=distance_s), AT + timedelta(seconds=late_s)

    following = next_after(AT, at, distance)

    assert following > at
    assert (following - AT) % distance == timedelta()
    assert following - distance <= max(at, AT)


@given(st.integers(0, 400), st.integers(0, 400), st.randoms(use_true_random=False))
def test_a_routine_contact_comes_at_the_latest_on_the_last_day(first: int, more: int, chance: Random) -> None:
    assert timedelta() <= draw_wait((first, first + more), chance) <= timedelta(days=first + more)


def test_most_routine_contacts_come_on_the_usual_days_and_no_earlier_day_is_without_any() -> None:
    """A day on which no routine contact ever comes would make a contact on that day news."""
    chance = Random(4)
    days = [draw_wait((60, 180), chance).days for _ in range(20_000)]

    early = [day for day in days if day < 60]
    assert abs(len(early) / len(days) - EARLY_SHARE) < 0.02
    assert set(days) == set(range(180))


def test_waits_that_are_drawn_differ_from_family_to_family() -> None:
    chance = Random(5)

    assert len({draw_wait((60, 180), chance) for _ in range(100)}) == 100
