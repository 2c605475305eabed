"""When a visit is recalled, by the site's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.appointments.reminders import SAME_MORNING, TWO_DAYS_BEFORE, times

ZONES = ("Asia/Baghdad", "Europe/Berlin", "Australia/Melbourne", "America/Chicago")


def test_two_days_before_at_ten_and_on_the_morning_at_eight() -> None:
    found = times(datetime(2026, 11, 29, 9, tzinfo=UTC), "Asia/Baghdad")

    assert found == {
        TWO_DAYS_BEFORE: datetime(2026, 11, 27, 7, tzinfo=UTC),
        SAME_MORNING: datetime(2026, 11, 29, 5, tzinfo=UTC),
    }


def test_a_visit_at_eight_has_no_reminder_on_its_morning() -> None:
    assert set(times(datetime(2026, 11, 29, 5, tzinfo=UTC), "Asia/Baghdad")) == {TWO_DAYS_BEFORE}


def test_across_a_change_of_clocks_the_hour_stays() -> None:
    after_the_change = datetime(2026, 10, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))

    before = times(after_the_change, "Europe/Berlin")[TWO_DAYS_BEFORE]

    assert before.astimezone(UTC) == datetime(2026, 10, 24, 8, tzinfo=UTC)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)), st.sampled_from(ZONES))
def test_reminders_come_in_daylight_and_before_the_visit(starts_at: datetime, zone: str) -> None:
    starts_at = starts_at.replace(tzinfo=UTC)

    found = times(starts_at, zone)

    assert all(at < starts_at and at.astimezone(ZoneInfo(zone)).hour in (8, 10) for at in found.values())
    assert starts_at - found[TWO_DAYS_BEFORE] < timedelta(days=10)  # two, and before the longest feast


def test_before_a_feast_the_first_reminder_comes_earlier() -> None:
    after_eid = datetime(2026, 3, 24, 6, tzinfo=UTC)  # two days before, families still feast

    assert times(after_eid, "Asia/Baghdad")[TWO_DAYS_BEFORE] == datetime(2026, 3, 18, 7, tzinfo=UTC)
