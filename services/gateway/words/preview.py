"""How a text will read, language by language, for whoever is about to send it to many."""

from datetime import datetime
from typing import Any

from services.gateway.words.rendering import CannotRender, render
from services.gateway.words.segments import segments
from services.gateway.words.wording import LANGUAGES, wording_of
from shared.messages.gateway import Template
from shared.messages.model import Language
from shared.settings import settings


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
