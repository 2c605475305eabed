"""Which numbers the carrier can reach."""

import re
from functools import lru_cache

import phonenumbers

_DIGITS_AND_MARKS = re.compile(r"^\+?[\d\s().-]{6,20}$")
_SENDER_NAME = re.compile(r"^(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}$")
_REGIONS = 65_536


@lru_cache(maxsize=_REGIONS)
def to_e164(written: str) -> str | None:
    """The number in E.164, or None if it cannot exist. A channel prefix (`whatsapp:`) is kept."""
    channel, colon, number = written.strip().rpartition(":")
    if not _DIGITS_AND_MARKS.match(number):
        return None
    try:
        parsed = phonenumbers.parse(number if number.startswith("+") else f"+{number}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return channel + colon + phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=_REGIONS)
def is_landline(number: str) -> bool:
    """Whether the numbering plan says fixed line."""
    parsed = phonenumbers.parse(number.rpartition(":")[2])
    return phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE


@lru_cache(maxsize=_REGIONS)
def country_of(number: str) -> str:
    """The ISO 3166 code of the number's country, or an empty string."""
    parsed = phonenumbers.parse(number.rpartition(":")[2])
    return phonenumbers.region_code_for_number(parsed) or ""


def is_sender_name(written: str) -> bool:
    """Whether it can be an alphanumeric sender: at most 11 ASCII letters, digits or spaces, one a letter."""
    return bool(_SENDER_NAME.match(written))
