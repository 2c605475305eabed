"""What a text means: a pure function from its words to a wish. No input of any kind raises."""

from dataclasses import dataclass, field, replace

from portal.phone.keywords import (
    COURTESY,
    LANGUAGES,
    LONGEST_WORDS,
    NUMBERS,
    WORDS,
    Keyword,
    comparable,
    nearest_keyword,
)
from shared.messages.model import Language
from shared.references import InvalidReference, parse_reference

LONGEST_TEXT = 1600
REFERENCE_DIGITS = 12
MOST_ANSWER = 99


@dataclass(frozen=True, slots=True)
class Wish:
    """What a text asks for. Without a keyword it is a bare number, or nothing that is understood."""

    keyword: Keyword | None = None
    reference: str | None = None
    has_wrong_reference: bool = False
    number: int | None = None
    language: Language | None = None
    is_bare: bool = field(default=False, compare=False)
    """Whether a reference stands there without a keyword, which then means its status."""


NOTHING = Wish()


def understand(body: str) -> Wish:
    """The wish in a text, whatever its script, digits, case and punctuation."""
    words = comparable(body[:LONGEST_TEXT]).split()
    if not words:
        return NOTHING
    keyword, rest = _keyword(words)
    if keyword is None:
        words = _without_courtesy(words)
        keyword, rest = _keyword(words) if words else (None, [])
    if keyword is None:
        return _bare(words)
    if keyword is Keyword.LANGUAGE:
        return Wish(keyword, language=_language(rest))
    return _with_digits(keyword, rest)


def _without_courtesy(words: list[str]) -> list[str]:
    """A text from its first word on that is more than politeness."""
    begin = next((n for n, word in enumerate(words) if word not in COURTESY), len(words))
    return words[begin:]


def _keyword(words: list[str]) -> tuple[Keyword | None, list[str]]:
    for length in range(min(LONGEST_WORDS, len(words)), 0, -1):
        found = WORDS.get(" ".join(words[:length]))
        if found:
            return _only_if_alone(found, words[length:])
    near = nearest_keyword(words[0])
    return near, words[1:] if near else words


def _only_if_alone(found: Keyword, rest: list[str]) -> tuple[Keyword | None, list[str]]:
    """A YES or NO with more words is talk, not an answer; a STOP counts with whatever follows."""
    if found in (Keyword.YES, Keyword.NO) and any(not w.isdigit() for w in rest):
        return None, [found, *rest]
    return found, rest


def _language(rest: list[str]) -> Language | None:
    return LANGUAGES.get(" ".join(rest)) or (LANGUAGES.get(rest[0]) if rest else None)


def _bare(words: list[str]) -> Wish:
    if len(words) == 1 and words[0] in NUMBERS:
        return Wish(number=NUMBERS[words[0]])
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) <= 2:
        return Wish(number=int(words[0]))
    asked = _with_digits(Keyword.STATUS, words)
    only_digits = all(w.isdecimal() for w in words)
    return replace(asked, is_bare=True) if asked.reference or (only_digits and asked.has_wrong_reference) else NOTHING


def _with_digits(keyword: Keyword, rest: list[str]) -> Wish:
    groups = [w for w in rest if w.isdecimal()]
    short = [g for g in groups if len(g) <= 2]
    digits = "".join(g for g in groups if len(g) > 2)
    number = int(short[0]) if short else None
    if not digits:
        return Wish(keyword, number=number)
    try:
        return Wish(keyword, parse_reference(digits), number=number)
    except InvalidReference:
        return Wish(keyword, has_wrong_reference=True, number=number)
