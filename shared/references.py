"""Case references: 12 digits, ten random and two check digits, that can be read out, texted and keyed in."""

import secrets
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from stdnum.iso7064 import mod_97_10


class InvalidReference(ValueError):
    """Not a case reference: wrong length, other characters than digits, or a typing error."""


def new_reference() -> str:
    """A random reference, valid by its check digits (ISO 7064 MOD 97-10). Whether it is free is the caller's affair."""
    digits = f"{secrets.randbelow(10**10):010d}"
    return digits + mod_97_10.calc_check_digits(digits)


def parse_reference(written: str) -> str:
    """The 12 digits of a reference as somebody wrote it: any digit script, spaces and dashes anywhere.

    Raises InvalidReference.
    """
    digits = "".join(str(unicodedata.digit(c)) for c in written if unicodedata.digit(c, None) is not None)
    others = [c for c in written if unicodedata.digit(c, None) is None and not _is_filler(c)]
    if others or len(digits) != 12 or not mod_97_10.is_valid(digits):
        raise InvalidReference
    return digits


def _is_filler(char: str) -> bool:
    return unicodedata.category(char)[0] in "ZC" or unicodedata.category(char) == "Pd" or char in "/._"


def show_reference(reference: str) -> str:
    """A reference as people read it, 4-4-4."""
    return f"{reference[:4]} {reference[4:8]} {reference[8:]}"


CaseReference = Annotated[str, StringConstraints(max_length=60), AfterValidator(parse_reference)]
