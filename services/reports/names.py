"""What a written name is made of: given name, father, grandfather, laqab, kunya; and its search keys.

A name is read from its first word on, as Iraqi papers write it. Compounds (عبد …, … الدين) are one word,
honorifics are no word at all, a kunya (ابو علي) is how people call somebody and never his given name.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from services.reports.spelling import clean, fold, loosen, skeletons, sounds

Kind = Literal["name", "laqab", "kunya"]


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


_HONORIFICS: Final = _words(
    "الحاج الحاجة الحجي السيد السيدة الشيخ الشيخة الشهيد الشهيدة المرحوم المرحومة الدكتور الدكتورة دكتور "
    "الأستاذ المهندس العقيد ملا کاک مام سەید سيد شێخ شيخ حاجي حجي سەیدا مامۆستا "
    "mr mrs ms dr sheikh shaikh shaykh sheik scheich şex sayyid sayyed seyid seyyid sayed haji hajj hadji "
    "heci mullah molla mele kak kek mam mamosta"
)
# Titles that are given names as well: a title only where a name follows and nothing stands before.
_ALSO_GIVEN_NAMES: Final = _words("حاجي حجي haji hajj hadji heci sayed seyid")
_LINKS: Final = _words("بن ابن بنت bin ibn bint")
_ABD: Final = _words("عبد abd abdul abdel abdal abdoul abdu abdur abdool abed ebd ebdul evdil evd")
_PARENT_OF: Final = _words("أبو أبي أبا أم abu abo abou um em om ebu")
_ALBU: Final = _words("البو albu albo")
_SECOND_OF_COMPOUND: Final = _words(
    "الدين الله العابدين الإسلام الزهراء "
    "din deen eddin eddine aldin aldeen uddin addin adin abidin alabidin alabdeen abideen alislam allah ullah"
)
_ARTICLES: Final = _words("ال al el ul il")
_ARTICLES_BY_SOUND: Final = _words("as ash an ar ad az at ed er es en")
_ARTICLE_IS_NAME: Final = _words("الياس الهام الماس آلاء الفت الند الن الوند")
_NOT_KUNYA: Final = _words("كلثوم kulthum kalthoum kulsum gulsum")
_NISBA: Final = ("ي", "ى", "ی", "i", "y")
_SHORTEST_NISBA: Final = 5


class Word(NamedTuple):
    """One bound word of a name; `text` is cleaned, a laqab without its article."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of one written name, each as cleaned text; what the writing does not say is empty."""

    given: str = ""
    father: str = ""
    grandfather: str = ""
    great_grandfather: str = ""
    laqab: str = ""
    kunya: str = ""

    @property
    def lineage(self) -> tuple[str, ...]:
        """Given name and forefathers, as far as they are written."""
        return tuple(filter(None, (self.given, self.father, self.grandfather, self.great_grandfather)))


@dataclass(frozen=True, slots=True)
class NameKeys:
    """The three levels of keys of one whole name; the skeleton is for finding candidates only."""

    normalised: str
    loose: str
    skeleton: str


@lru_cache(maxsize=65536)
def split_name(text: str) -> NameParts:
    """The parts of a written name; never raises, whatever is written."""
    words = bind(text)
    given: list[str] = [word.text for word in words if word.kind == "name"]
    laqab = " ".join(word.text for word in words if word.kind == "laqab")
    kunya = " ".join(word.text for word in words if word.kind == "kunya")
    if not laqab and len(given) >= 3 and _looks_like_nisba(given[-1]):
        laqab = given.pop()
    own, father, grandfather, great_grandfather = (given + [""] * 4)[:4]
    return NameParts(own, father, grandfather, great_grandfather, laqab, kunya)


@lru_cache(maxsize=65536)
def bind(text: str) -> tuple[Word, ...]:
    """The words of a name in order: compounds joined, honorifics and bin left out, kunya, laqab marked."""
    return tuple(_bound(clean(text).split()))


def normalise(text: str) -> str:
    """Level 1 of a whole text: equal for all ways of typing the same name."""
    return " ".join(filter(None, (fold(word.text) for word in bind(text))))


def keys_of(text: str) -> NameKeys:
    """The keys of a whole name, word by word; its kunya is left out."""
    words = [word.text for word in bind(text) if word.kind != "kunya"]
    return NameKeys(
        " ".join(filter(None, map(fold, words))),
        " ".join(filter(None, map(loosen, words))),
        " ".join(key[0] for key in map(skeletons, words) if key),
    )


def known_as(word: str) -> frozenset[str]:
    """The common given names that a cleaned word may stand for; several for an ambiguous spelling (Hamid)."""
    return _known_names().get(sounds(word), frozenset())


@cache
def _known_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    with (files("services.reports") / "data" / "given_names.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            latin = [row["canonical"], *row["latin_variants"].split(";")]
            for spelling in (row["arabic"], row["sorani"], *latin):
                words = [word.text for word in bind(spelling) if word.kind == "name"]
                if len(words) == 1:
                    found.setdefault(sounds(words[0]), set()).add(row["canonical"])
    return {spelling: frozenset(names) for spelling, names in found.items()}


def _bound(words: list[str]) -> Iterator[Word]:
    folded = [fold(word) for word in words]
    at = 0
    while at < len(words):
        end = at + 1
        is_last = end == len(words)
        if _is_left_out(folded, at):
            pass
        elif not is_last and folded[at] in _ABD:
            end = _after_article(folded, end)
            yield Word(words[at] + "".join(words[at + 1 : end + 1]), "name")
            end += 1
        elif not is_last and folded[at] in _PARENT_OF:
            yield from _parent_of(words, folded, at)
            end += 1
        elif not is_last and folded[at] in _ALBU:
            yield Word(words[at] + words[end], "laqab")
            end += 1
        elif not is_last and _is_article(folded, at):
            yield Word(words[end], "laqab" if at else "name")
            end += 1
        elif (second := _second_of_compound(folded, at)) is not None:
            yield Word("".join(words[at : second + 1]), "name")
            end = second + 1
        else:
            yield _single(words[at], folded[at], at)
        at = end


def _is_left_out(folded: list[str], at: int) -> bool:
    word = folded[at]
    if at + 1 == len(folded):
        return False
    if word in _LINKS:
        return at > 0
    return word in _HONORIFICS and (at == 0 or word not in _ALSO_GIVEN_NAMES)


def _after_article(folded: list[str], at: int) -> int:
    return at + 1 if at + 1 < len(folded) and _is_article(folded, at) else at


def _is_article(folded: list[str], at: int) -> bool:
    word = folded[at]
    if word in _ARTICLES:
        return True
    return word in _ARTICLES_BY_SOUND and folded[at + 1].startswith(word[1:])


def _second_of_compound(folded: list[str], at: int) -> int | None:
    """Where the compound that starts here ends, if one does (نور الدين, Nour al-Din)."""
    if at + 1 >= len(folded):
        return None
    second = _after_article(folded, at + 1)
    return second if folded[second] in _SECOND_OF_COMPOUND else None


def _parent_of(words: list[str], folded: list[str], at: int) -> Iterator[Word]:
    if folded[at + 1] in _NOT_KUNYA:
        yield Word(words[at + 1], "name")
    else:
        yield Word(f"{folded[at]} {words[at + 1]}", "kunya")


def _single(word: str, folded: str, at: int) -> Word:
    if at and folded.startswith("ال") and len(folded) > 4 and folded not in _ARTICLE_IS_NAME:
        return Word(word.removeprefix(word[:2]), "laqab")
    return Word(word, "name")


def _looks_like_nisba(word: str) -> bool:
    return word.endswith(_NISBA) and len(word) >= _SHORTEST_NISBA and not known_as(word)
