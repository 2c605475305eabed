"""What a text means: a pure function from its words to a wish. No input of any kind raises."""

from dataclasses import dataclass

from portal.phone.keywords import LANGUAGES, LONGEST_WORDS, WORDS, Keyword, comparable, nearest_keyword
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


NOTHING = Wish()


def understand(body: str) -> Wish:
    """The wish in a text, whatever its script, digits, case and punctuation."""
    words = comparable(body[:LONGEST_TEXT]).split()
    if not words:
        return NOTHING
    keyword, rest = _keyword(words)
    if keyword is None:
        return _bare(words)
    if keyword is Keyword.LANGUAGE:
        return Wish(keyword, language=_language(rest))
    return _with_digits(keyword, rest)


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
    digits = "".join(words)
    if not digits.isdecimal():
        return NOTHING
    if len(digits) <= 2:
        return Wish(number=int(digits))
    return _with_digits(Keyword.STATUS, words)


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
