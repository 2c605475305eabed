"""How often a code or PIN can be guessed within the limits: the figures of `docs/one-time-codes.md`."""

from pathlib import Path

from portal.limits import ITEMS, Limit
from portal.one_time_codes import DIGITS, MOST_TRIES
from portal.pins import DIGITS as PIN_DIGITS
from portal.slowing import Slowing

DAYS = 86_400
DOCUMENT = Path("docs/one-time-codes.md")


def in_30_days(*limits: Limit) -> float:
    """How often something can happen in 30 days, by the narrowest of its limits."""
    return min(ITEMS[limit].amount * 30 * DAYS / ITEMS[limit].get_expiry() for limit in limits)


CODES = in_30_days(Limit.CODES_FOR_CASE, Limit.CODES_FOR_CASE_DAILY, Limit.CODES_FOR_CASE_MONTHLY)
REFERENCES_IN_USE, REFERENCES = 10**6, 10**10
WRITTEN_A_DAY = in_30_days(Limit.REFERENCES_BY_ADDRESS) / 30 + Slowing().most_per_s * DAYS
"""References that one address writes: those within its limit, and as many as one process lets it wait for."""
AT_RANDOM = WRITTEN_A_DAY * REFERENCES_IN_USE / REFERENCES
PINS_A_DAY = in_30_days(Limit.PINS_FOR_CASE) / 30
PINS = in_30_days(Limit.PINS_FOR_CASE, Limit.PINS_FOR_CASE_MONTHLY)


def test_a_months_guessing_at_one_case_succeeds_less_than_once_in_two_thousand() -> None:
    chance = CODES * MOST_TRIES / 10**DIGITS + PINS / 10**PIN_DIGITS
    assert chance <= 1 / 2000


def test_a_days_guessing_of_references_at_one_address_succeeds_less_than_once_in_two_thousand() -> None:
    assert AT_RANDOM * (MOST_TRIES + PINS_A_DAY) / 10**DIGITS <= 1 / 2000


def test_the_document_says_what_the_limits_allow() -> None:
    text = DOCUMENT.read_text()
    tries = round(CODES * MOST_TRIES + PINS)
    assert f"{round(CODES)} × {MOST_TRIES} = {round(CODES * MOST_TRIES)}" in text
    assert f"{tries}" in text
    assert f"{tries * 12:,}" in text
    assert f"{WRITTEN_A_DAY:,.0f} a day" in text
    assert f"{AT_RANDOM:.1f} × {MOST_TRIES + PINS_A_DAY:.0f} = {AT_RANDOM * (MOST_TRIES + PINS_A_DAY):.0f}" in text
    assert f"At most {ITEMS[Limit.CODES_FOR_PHONE_DAILY].amount} codes a day" in text
    assert f"{ITEMS[Limit.CODES_FOR_PHONE_BY_KNOWN_BROWSERS].amount} more" in text
