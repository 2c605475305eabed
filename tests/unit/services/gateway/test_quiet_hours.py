from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.sending.quiet_hours import not_before

BAGHDAD = ZoneInfo("Asia/Baghdad")
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(["Asia/Baghdad", "Europe/Berlin", "Europe/Stockholm", "America/Detroit", "Australia/Sydney"])


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 5, 12, hour, minute, tzinfo=BAGHDAD)


@pytest.mark.parametrize("text_class", ["notice", "reminder"])
def test_a_notice_in_the_evening_leaves_in_the_morning(text_class: str) -> None:
    assert not_before(at(20), text_class, "Asia/Baghdad") == at(9) + timedelta(days=1)
    assert not_before(at(3), text_class, "Asia/Baghdad") == at(9)
    assert not_before(at(9), text_class, "Asia/Baghdad") == at(9)
    assert not_before(at(19, 59), text_class, "Asia/Baghdad") == at(19, 59)


@pytest.mark.parametrize("text_class", ["answer", "code", "case"])
def test_what_somebody_waits_for_leaves_at_night_too(text_class: str) -> None:
    assert not_before(at(3), text_class, "Asia/Baghdad") == at(3)


def test_quiet_hours_can_be_switched_off() -> None:
    assert not_before(at(3), "notice", "Asia/Baghdad", is_on=False) == at(3)


@given(TIMES, ZONES)
def test_what_is_held_back_leaves_by_day_and_within_a_day(moment: datetime, zone: str) -> None:
    leaves = not_before(moment, "notice", zone)
    assert timedelta(0) <= leaves - moment <= timedelta(hours=14)
    assert 9 <= leaves.astimezone(ZoneInfo(zone)).hour < 20
    assert not_before(leaves, "notice", zone) == leaves


def test_in_ramadan_no_house_is_rung_while_the_fast_is_broken() -> None:
    evening = datetime(2027, 2, 17, 17, 30, tzinfo=BAGHDAD)
    morning = datetime(2027, 2, 18, 9, tzinfo=BAGHDAD)
    assert not_before(evening, "reminder", "Asia/Baghdad", is_call=True) == morning
    assert not_before(evening, "reminder", "Asia/Baghdad") == evening, "a text rings nobody"
    assert not_before(evening, "answer", "Asia/Baghdad", is_call=True) == evening
    after = datetime(2027, 3, 17, 17, 30, tzinfo=BAGHDAD)
    assert not_before(after, "reminder", "Asia/Baghdad", is_call=True) == after


@given(TIMES, ZONES)
def test_a_call_that_is_held_back_comes_by_day_and_is_not_held_back_again(moment: datetime, zone: str) -> None:
    rings = not_before(moment, "case", zone, is_call=True)
    assert timedelta(0) <= rings - moment <= timedelta(hours=17)
    assert not_before(rings, "case", zone, is_call=True) == rings
