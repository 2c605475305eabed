"""How a text will read, language by language, for whoever is about to send it to many."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.gateway.words.rendering import CannotRender, render
from services.gateway.words.segments import segments
from services.gateway.words.wording import LANGUAGES, wording_of
from shared.messages.approval import digest_of_words
from shared.messages.gateway import Template
from shared.messages.model import Language
from shared.settings import settings


def digest_as_sent(template: str, values: dict[str, Any], time_zone: str) -> str:
    """The digest of the words as they would be sent now, in every language; `starts_at` in ISO 8601.

    A text that lacks a value counts as empty, which nobody can have approved.
    """
    return _digest_as_sent(template, json.dumps(values, sort_keys=True), time_zone)


@lru_cache(maxsize=256)
def _digest_as_sent(template: str, values: str, time_zone: str) -> str:
    words = {each["language"]: each["text"] for each in preview(template, json.loads(values), time_zone)}
    return digest_of_words(template, time_zone, words)


def preview(template: str, values: dict[str, Any], time_zone: str) -> list[dict[str, Any]]:
    """Each language's text, its segments, and who reviewed its words; `starts_at` among the values is ISO 8601.

    Raises LookupError where there is no such template. A text that lacks a value is empty.
    """
    try:
        named = Template(template)
    except ValueError:
        raise LookupError(template) from None
    filled = {n: datetime.fromisoformat(v) if n == "starts_at" else v for n, v in values.items()}
    return [_in_language(named, language, filled, time_zone) for language in LANGUAGES]


def _in_language(template: Template, language: Language, values: dict[str, Any], time_zone: str) -> dict[str, Any]:
    try:
        text = render(template, language, values, time_zone=time_zone, office_phone=settings().office_phone)
    except CannotRender:
        text = ""
    reviewer = wording_of(template, language).reviewer
    return {"language": language, "text": text, "segments": segments(text), "reviewer": reviewer}
