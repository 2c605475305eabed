"""Phone numbers as people write them, and as the carrier wants them (E.164)."""

import unicodedata

import phonenumbers


class InvalidPhone(ValueError):
    """Not a phone number that can exist."""


def parse_phone(written: str, region: str = "IQ") -> str:
    """A number in E.164, from any usual spelling: `0770…`, `770…`, `00964…`, `+964 (0)770…`, any digit script.

    Raises InvalidPhone.
    """
    latin = "".join(_latin(c) for c in written if unicodedata.category(c) != "Cf").strip()
    if latin.startswith("00"):
        latin = "+" + latin[2:]
    try:
        number = phonenumbers.parse(latin.replace("(0)", ""), region)
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _latin(char: str) -> str:
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


def show_phone(number: str) -> str:
    """A number as people in Iraq write it (`0770 000 0000`), others internationally."""
    parsed = phonenumbers.parse(number)
    national = parsed.country_code == 964
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def mask_phone(number: str) -> str:
    """The last two digits, enough for its owner to recognise it."""
    return "••• " + number[-2:]
