"""The rights guide and the privacy page, which editors keep as Markdown under `content/{language}/`.

A file starts with `key: value` lines between two lines `---`: `title`, `native_review` (`awaiting` shows a mark
on the page until an editor writes a name and a date there) and `legal` (`yes` adds “not legal advice”).
Each section starts with `## `, and may be followed at once by lines `source:`, `drafted:` (the day it was
written) and `reviewed:` (the day somebody competent confirmed it, once somebody has).
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

CONTENT = Path(__file__).parent.parent / "content"

_LINE = re.compile(r"(\w+):[ \t]*(.*)\n?")
_FACT = re.compile(r"(source|drafted|reviewed):[ \t]*(.*)\n?")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


class GuideError(ValueError):
    """A guide's file does not keep to its form; the message names the file and what is missing."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a guide under its own heading: where it comes from, when it was written and last reviewed."""

    title: str
    body: Markup
    source: str = ""
    drafted_on: date | None = None
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of text. `awaits_review` says that no native speaker has confirmed its wording yet."""

    title: str
    introduction: Markup
    sections: tuple[Section, ...]
    awaits_review: bool
    is_legal: bool


def read_guide(name: str, code: str) -> Guide:
    """The guide `name` (`rights`, `privacy`) in a language, read again when its file changes.

    Raises GuideError, and FileNotFoundError where there is none.
    """
    path = CONTENT / code / f"{name}.md"
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed_ns: int) -> Guide:
    parts = path.read_text("utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise GuideError(f"{path.name}: does not start with a head between two lines ---")
    head = dict(_LINE.findall(parts[1]))
    if not head.get("title") or not head.get("native_review"):
        raise GuideError(f"{path.name}: the head needs title and native_review")
    introduction, *sections = re.split(r"^## ", parts[2], flags=re.M)
    return Guide(
        title=head["title"],
        introduction=_rendered(introduction),
        sections=tuple(_section(text) for text in sections),
        awaits_review=head["native_review"] == "awaiting",
        is_legal=head.get("legal") == "yes",
    )


def _section(text: str) -> Section:
    title, _, body = text.partition("\n")
    facts: dict[str, str] = {}
    while found := _FACT.match(body):
        facts[found[1]] = found[2].strip()
        body = body[found.end() :]
    return Section(
        title=title.strip(),
        body=_rendered(body),
        source=facts.get("source", ""),
        drafted_on=_day(facts.get("drafted")),
        reviewed_on=_day(facts.get("reviewed")),
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _rendered(text: str) -> Markup:
    # Our own files, with raw HTML switched off.
    return Markup(_MARKDOWN.render(text.strip()))  # noqa: S704
