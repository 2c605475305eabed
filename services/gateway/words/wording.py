"""The words of every text, per template and language, with the person who reviewed them and when.

They stand in this folder's JSON files, one per language. What nobody has reviewed goes through the simulator only.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args

from shared.messages.gateway import Template
from shared.messages.model import Language
from shared.messages.reports import Status

LANGUAGES: tuple[Language, ...] = get_args(Language)
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Wording:
    """A template's words in one language."""

    template: Template
    language: Language
    text: str
    fields: frozenset[str]
    reviewer: str | None
    reviewed_on: date | None

    @property
    def is_reviewed(self) -> bool:
        """Whether a named person has read it, on a day that is on record."""
        return bool(self.reviewer) and self.reviewed_on is not None


@dataclass(frozen=True, slots=True)
class Book:
    """All words of one language."""

    wordings: dict[Template, Wording]
    status_words: dict[str, str]
    weekdays: tuple[str, ...] | None
    """From Monday on, for a language whose calendar Babel does not know."""


def wording_of(template: Template, language: Language) -> Wording:
    """A template's words in a language."""
    return book_of(language).wordings[template]


@lru_cache
def book_of(language: Language) -> Book:
    """All words of a language, read once."""
    raw: dict[str, Any] = json.loads((Path(__file__).parent / f"{language}.json").read_text())
    wordings = {Template(name): _wording(Template(name), language, w) for name, w in raw["templates"].items()}
    return Book(wordings, raw["status_words"], tuple(raw["weekdays"]) if "weekdays" in raw else None)


def _wording(template: Template, language: Language, raw: dict[str, str | None]) -> Wording:
    text, reviewed_on = raw["text"] or "", raw["reviewed_on"]
    fields = frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
    reviewed = date.fromisoformat(reviewed_on) if reviewed_on else None
    return Wording(template, language, text, fields, raw["reviewer"], reviewed)
