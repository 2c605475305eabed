"""The years and days in a report form, in any digit script, and what may be wrong with them."""

from datetime import date

from portal.family.views import ReportForm
from portal.one_time_codes import digits_of
from shared.bounds import FIRST_DAY

EARLIEST_YEAR = FIRST_DAY.year


def wrong_dates(form: ReportForm, today: date) -> dict[str, str]:
    """What is wrong with the year of birth and the day last seen."""
    found: dict[str, str] = {}
    if form.birth_year and not _is_year(form.birth_year, today):
        found["birth_year"] = "year"
    if not any((form.last_seen_year, form.last_seen_month, form.last_seen_day)):
        return found
    if not _is_year(form.last_seen_year, today):
        found["last_seen_year"] = "year"
    elif not _is_past_date(form, today):
        found["last_seen_year"] = "date"
    return found


def year_of(written: str) -> int:
    """A year that was found right."""
    return int(digits_of(written))


def last_seen(form: ReportForm) -> tuple[int | None, int | None, int | None]:
    """Year, month and day, as far as each was written."""
    written = (form.last_seen_year, form.last_seen_month, form.last_seen_day)
    year, month, day = (int(digits_of(w)[:6] or 0) or None for w in written)
    return year, month, day


def _is_year(written: str, today: date) -> bool:
    digits = digits_of(written)
    return len(digits) == 4 and EARLIEST_YEAR <= int(digits) <= today.year


def _is_past_date(form: ReportForm, today: date) -> bool:
    year, month, day = last_seen(form)
    if (form.last_seen_month and not month) or (form.last_seen_day and not day) or (day and not month):
        return False
    try:
        return date(year or 0, month or 1, day or 1) <= today
    except ValueError:
        return False
