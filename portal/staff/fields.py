"""Reads the fields of the console's forms: each as what it is to be, and what is wrong with it in plain words."""

import unicodedata
from collections.abc import Container, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from portal.forms import Form
from portal.languages import LANGUAGES
from portal.one_time_codes import digits_of
from shared.bounds import (
    FIRST_DAY,
    LAST_DAY,
    LONGEST_ZONE_NAME,
    NoSuchLocalTime,
    OutOfBounds,
    bounded_day,
    is_time_zone,
    local_moment,
)
from shared.messages.appointments import Barcode
from shared.messages.model import Language, LocalText
from shared.phones import InvalidPhone, parse_phone
from shared.references import InvalidReference, parse_reference

BAGHDAD = "Asia/Baghdad"
_barcode = TypeAdapter[str](Barcode)


class Fields:
    """A form's fields, and the errors found so far: field → what is wrong."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.errors: dict[str, str] = {}

    @property
    def are_right(self) -> bool:
        """Whether nothing was wrong."""
        return not self.errors

    def wrong(self, name: str, what: str) -> None:
        """Note what is wrong with a field."""
        self.errors.setdefault(name, what)

    def text(self, name: str, *, is_required: bool = False, longest: int = 200) -> str:
        """Free words."""
        value = self.form[name]
        if is_required and not value:
            self.wrong(name, "Please fill this in.")
        if len(value) > longest:
            self.wrong(name, f"Please use at most {longest} characters.")
        return value

    def choice(self, name: str, allowed: Container[str], *, is_required: bool = True) -> str:
        """One of some codes; empty where nothing was chosen and nothing need be."""
        value = self.form[name]
        if value not in allowed and (value or is_required):
            self.wrong(name, "Please choose one.")
        return value

    def choices(self, name: str, allowed: Container[str]) -> list[str]:
        """Any of some codes."""
        chosen = set(self.form.all(name)) - {""}
        if any(value not in allowed for value in chosen):
            # To drop it without a word would choose something else: no condition at all, for an audience.
            self.wrong(name, "Please choose from the list.")
        return sorted(value for value in chosen if value in allowed)

    def uuid(self, name: str) -> UUID:
        """A thing that was chosen, by its id."""
        try:
            return UUID(self.form[name])
        except ValueError:
            self.wrong(name, "Please choose one.")
            return UUID(int=0)

    def whole(self, name: str, least: int, most: int, *, is_required: bool = True) -> int | None:
        """A whole number, in any digit script."""
        digits = digits_of(self.form[name])
        if not self.form[name] and not is_required:
            return None
        if not digits or len(digits) > 9 or not least <= int(digits) <= most:
            self.wrong(name, f"Please write a whole number from {least} to {most}.")
            return least
        return int(digits)

    def number(self, name: str, least: float, most: float) -> float | None:
        """A number, or None where the field is empty."""
        written = self.form[name].replace(",", ".")
        try:
            value = float(written) if written else None
        except ValueError:
            value = float("nan")
        if value is not None and not least <= value <= most:
            self.wrong(name, f"Please write a number from {least:g} to {most:g}.")
            return None
        return value

    def reference(self, name: str) -> str:
        """A case reference."""
        try:
            return parse_reference(self.form[name])
        except InvalidReference:
            self.wrong(name, "A reference has 12 digits. One digit may be wrong or missing.")
            return ""

    def references(self, name: str, most: int = 20) -> list[str]:
        """Case references, one a line or with commas between."""
        written = [each for line in self.form[name].splitlines() for each in line.replace("،", ",").split(",")]
        try:
            found = list(dict.fromkeys(parse_reference(each) for each in written if each.strip()))
        except InvalidReference:
            self.wrong(name, "Each reference has 12 digits. Please write each on a line of its own.")
            return []
        if not 1 <= len(found) <= most:
            self.wrong(name, f"Please write one to {most} references.")
        return found

    def phone(self, name: str) -> str | None:
        """A phone number in E.164, or None where the field is empty."""
        if not self.form[name]:
            return None
        try:
            return parse_phone(self.form[name])
        except InvalidPhone:
            self.wrong(name, "This does not look like a phone number. Write it as one dials it.")
            return None

    def barcode(self, name: str, *, is_required: bool = True) -> str | None:
        """A barcode, in capitals."""
        return self._as_barcode(name, self.form[name]) if self.form[name] or is_required else None

    def barcodes(self, name: str) -> list[str]:
        """Barcodes, divided by blanks, commas or lines."""
        return [self._as_barcode(name, each) for each in self.form[name].replace(",", " ").split()]

    def _as_barcode(self, name: str, written: str) -> str:
        try:
            return _barcode.validate_python(written.upper())
        except ValidationError:
            self.wrong(name, "A barcode has 6 to 32 letters, digits and dashes.")
            return ""

    def day(self, name: str) -> date | None:
        """A day as YYYY-MM-DD, in any digit script, from 1900 to 2100."""
        try:
            return bounded_day(date.fromisoformat(western_digits(self.form[name])))
        except OutOfBounds:
            self.wrong(name, f"Please write a day from {FIRST_DAY.year} to {LAST_DAY.year}.")
        except ValueError:
            self.wrong(name, "Please write a day as YYYY-MM-DD.")
        return None

    def moment(self, day: str, clock: str, zone: str = BAGHDAD) -> datetime | None:
        """A day and a time on the clocks of a time zone, which must exist."""
        on = self.day(day)
        try:
            at = time.fromisoformat(western_digits(self.form[clock]))
        except ValueError:
            self.wrong(clock, "Please write a time as HH:MM.")
            return None
        try:
            return local_moment(on, at, zone) if on else None
        except OutOfBounds:
            self.wrong(day, f"Please write a day from {FIRST_DAY.year} to {LAST_DAY.year}.")
        except NoSuchLocalTime:
            self.wrong(clock, "The clocks are put forward past this time on that day. Please write another.")
        return None

    def time_zone(self, name: str) -> str:
        """A time zone by its name; Baghdad's where the field is empty, and where it is wrong."""
        zone = self.text(name, longest=LONGEST_ZONE_NAME) or BAGHDAD
        if is_time_zone(zone):
            return zone
        self.wrong(name, "There is no such time zone. Write it as Asia/Baghdad.")
        return BAGHDAD

    def local_text(self, name: str, *, is_required: bool = True) -> LocalText:
        """A text in some of the languages: the fields `name.ar`, `name.en` and so on."""
        written: dict[Language, str] = {code: self.text(f"{name}.{code}") for code in LANGUAGES}  # pyright: ignore[reportAssignmentType]
        given: LocalText = {code: text for code, text in written.items() if text}
        if is_required and not given:
            self.wrong(f"{name}.ar", "Please write it in one language at least.")
        return given


def western_digits(written: str) -> str:
    """The same with digits of any script as Western ones."""
    return "".join(str(unicodedata.digit(c, c)) for c in written)


def first_error(error: ValidationError) -> Mapping[str, Any]:
    """The first thing that a model found wrong."""
    return error.errors(include_url=False, include_input=False)[0]  # pyright: ignore[reportReturnType]
