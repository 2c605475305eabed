"""How a notice is paced to what the carrier takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outreach.audiences import small
from services.outreach.pacing import BATCH, LONGEST_TURN, SEGMENTS, turn


@given(st.floats(0.1, 1e6))
def test_a_turn_keeps_the_carrier_busy_as_long_as_it_lasts(segments_per_s: float) -> None:
    batches, busy = turn(segments_per_s)

    assert 1 <= batches <= LONGEST_TURN
    assert busy.total_seconds() == pytest.approx(batches * BATCH * SEGMENTS / segments_per_s, abs=1e-5)


def test_a_slow_carrier_gets_a_batch_and_a_fast_one_several() -> None:
    assert [turn(rate)[0] for rate in (1, 10, 1000, 10**6)] == [1, 1, 5, LONGEST_TURN]


@pytest.mark.parametrize(("count", "shown"), [(0, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (2000, "2000")])
def test_small_counts_are_not_told(count: int, shown: str) -> None:
    assert small(count) == shown
