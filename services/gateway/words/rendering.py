"""A text's body: a template's words in the receiver's language, filled with its values."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from services.gateway.words.wording import book_of, wording_of
from shared.messages.gateway import Template
from shared.messages.model import Language, LocalText
from shared.phones import show_phone
from shared.references import InvalidReference, parse_reference, show_reference

BABEL_LOCALES: dict[Language, str] = {"ar": "ar_IQ", "ckb": "ckb", "kmr": "ku", "kmr-Arab": "ckb", "en": "en_GB"}
NEXT_BEST: dict[Language, tuple[Language, ...]] = {
    "ar": ("ckb", "kmr-Arab", "en", "kmr"),
    "ckb": ("kmr-Arab", "ar", "kmr", "en"),
    "kmr-Arab": ("ckb", "ar", "kmr", "en"),
    "kmr": ("en", "kmr-Arab", "ckb", "ar"),
    "en": ("kmr", "ar", "ckb", "kmr-Arab"),
}
"""Whose words a reader understands best where the own language is missing (place names of a site or a meeting)."""


WRITTEN_AS = {"starts_at": {"date", "time"}}


class CannotRender(Exception):
    """A value that the words need is missing or is not what it should be; the message names the field."""


def render(
    template: Template, language: Language, values: Mapping[str, Any], *, time_zone: str, office_phone: str
) -> str:
    """The body in a language. Raises CannotRender."""
    wording = wording_of(template, language)
    fields = {"phone": _local_phone(office_phone)}
    for name, value in values.items():
        if wording.fields & WRITTEN_AS.get(name, {name}):
            fields.update(_filled(name, value, language, time_zone))
    missing = sorted(wording.fields - fields.keys())
    if missing:
        raise CannotRender(missing[0])
    return wording.text.format_map(fields)


def _filled(name: str, value: Any, language: Language, time_zone: str) -> dict[str, str]:
    match name:
        case "starts_at":
            return _date_and_time(value, language, time_zone)
        case "until":
            return {"until": _short(value, time_zone)}
        case "ref":
            return {"ref": _reference(value)}
        case "status":
            return {"status": _status(value, language)}
        case _:
            return {name: in_language(value, language) if isinstance(value, dict) else str(value)}


def in_language(text: LocalText, language: Language) -> str:
    """A local text in a reader's language, or in the one that the reader understands best. Raises CannotRender."""
    for candidate in (language, *NEXT_BEST[language]):
        if text.get(candidate):
            return text[candidate]
    raise CannotRender("local_text")


def _reference(value: object) -> str:
    try:
        return show_reference(parse_reference(str(value)))
    except InvalidReference:
        raise CannotRender("ref") from None


def _status(value: object, language: Language) -> str:
    try:
        return book_of(language).status_words[str(value)]
    except KeyError:
        raise CannotRender("status") from None


def _date_and_time(value: object, language: Language, time_zone: str) -> dict[str, str]:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise CannotRender("starts_at") from None
    date, time = local_date_and_time(at, language, time_zone)
    return {"date": date, "time": time}


def _short(value: object, time_zone: str) -> str:
    """`25/11 20:00`"""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise CannotRender("until") from None
    return f"{at.astimezone(ZoneInfo(time_zone)):%d/%m %H:%M}"


@lru_cache(maxsize=4096)
def local_date_and_time(at: datetime, language: Language, time_zone: str) -> tuple[str, str]:
    """`الأحد 12/05/2027` and `09:30`: weekday in words, Western digits (every handset has them)."""
    local = at.astimezone(ZoneInfo(time_zone))
    own = book_of(language).weekdays
    weekday = own[local.weekday()] if own else format_datetime(local, "EEEE", locale=BABEL_LOCALES[language])
    return f"{weekday} {local:%d/%m/%Y}", f"{local:%H:%M}"


@lru_cache
def _local_phone(number: str) -> str:
    return show_phone(number)
