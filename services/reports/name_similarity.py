"""How likely two written names are two spellings of one: `score`, for names in any two of our scripts.

Each word of one name is aligned with a word of the other; two words are compared letter by letter with learnt
costs (`letter_costs`), helped by the list of common names, where a spelling may stand for several. A name is
as good as its words together, so that one different word (a brother, a cousin) tells two people apart.
"""

import math
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from services.reports.letter_costs import alignment_cost, numbered
from services.reports.names import Word, bind, known_as, split_name
from services.reports.spelling import is_arabic, skeletons, sounds


class _Weights(NamedTuple):
    """Of the logistic model over two words, fitted on true and near-sounding pairs."""

    constant: float
    cost: float
    cost_per_letter: float
    same_skeleton: float
    letters: float
    same_known_name: float
    other_known_name: float
    one_known: float


_WORD_WEIGHTS: Final = {
    "arabic_latin": _Weights(0.17, -0.37, -0.72, 0.71, 0.9, 2.5, -4.5, -1.0),
    "latin_latin": _Weights(2.8, -0.1, -1.89, 0.8, 0.18, 2.2, -4.5, -1.0),
    "arabic_arabic": _Weights(4.0, -0.8, -4.0, 0.6, 0.1, 2.0, -3.0, -0.5),
}
_POSITION_WEIGHTS: Final = (1.0, 1.0, 0.9, 0.7, 0.7, 0.7)
_LAQAB_WEIGHT: Final = 0.35
_MISSING: Final = -0.12
# A forefather here, a laqab there: both are missing on the other side.
_NOT_COMPARABLE: Final = -1.0
_OUT_OF_ORDER: Final = -1.2
_HARDLY: Final = -9.0
_SLOPE: Final = 2.0
_OFFSET: Final = 2.6
_MOST_WORDS: Final = 6


def score(a: str, b: str) -> float:
    """How likely two written names are one, from 0 to 1; 0.5 is the point of indifference."""
    first, second = _words(a), _words(b)
    if not first or not second:
        return 0.0
    if len(first) > len(second):
        first, second = second, first
    logarithm = _in_order(first, second)
    if logarithm < _HARDLY / 4 or (len(first) < len(second) and logarithm < _MISSING * 2):
        logarithm = max(logarithm, _best_assignment(first, second))
    return 1.0 / (1.0 + math.exp(-_SLOPE * logarithm - _OFFSET))


def agree_in_own_and_father(a: str, b: str) -> bool:
    """Whether given and father's name are likelier one than not, whatever else is written or left out."""
    first, second = split_name(a), split_name(b)
    pairs = ((first.given, second.given), (first.father, second.father))
    return all(one and other and word_similarity(one, other) >= 0.5 for one, other in pairs)


def word_similarity(a: str, b: str) -> float:
    """How likely two cleaned words are one name, from 0 to 1."""
    return math.exp(_log_same(a, b))


@lru_cache(maxsize=65536)
def _words(text: str) -> tuple[Word, ...]:
    words = bind(text)
    return (tuple(word for word in words if word.kind != "kunya") or words)[:_MOST_WORDS]


def _step(position: int, first: Word, at: int, second: Word) -> float:
    """What one aligned pair of words adds to the logarithm of the whole."""
    same = _log_same(first.text, second.text)
    if first.kind == second.kind == "laqab":
        return _LAQAB_WEIGHT * same
    if first.kind != second.kind and position and at:
        return max(same, _NOT_COMPARABLE)
    return (_POSITION_WEIGHTS[position] + _POSITION_WEIGHTS[at]) / 2 * same


def _in_order(first: tuple[Word, ...], second: tuple[Word, ...]) -> float:
    total = _MISSING * (len(second) - len(first))
    for position, word in enumerate(first):
        total += _step(position, word, position, second[position])
        if total < _HARDLY:
            break
    return total


def _best_assignment(first: tuple[Word, ...], second: tuple[Word, ...]) -> float:
    """The best way to give each word of the shorter name one of the longer; out of order costs."""
    steps = [
        [_step(at, word, to, other) if _may_be_one(word, other) else -math.inf for to, other in enumerate(second)]
        for at, word in enumerate(first)
    ]
    if sum(map(max, steps)) < _HARDLY / 4:
        return -math.inf
    if len(first) == len(second) and sum(map(max, zip(*steps, strict=True))) < _HARDLY / 4:
        return -math.inf
    return _assign(steps, 0, 0, -1) + _MISSING * (len(second) - len(first))


def _may_be_one(first: Word, second: Word) -> bool:
    """A quick look: a word that stands elsewhere must at least have the consonants."""
    return not _read(first.text).skeletons.isdisjoint(_read(second.text).skeletons)


def _assign(steps: list[list[float]], position: int, taken: int, before: int) -> float:
    if position == len(steps):
        return 0.0
    best = -math.inf
    for at, step in enumerate(steps[position]):
        if taken >> at & 1 or step < _HARDLY:
            continue
        order = _OUT_OF_ORDER if at < before else 0.0
        best = max(best, step + order + _assign(steps, position + 1, taken | 1 << at, at))
    return best


class _Written(NamedTuple):
    """A cleaned word as it is compared."""

    is_arabic: bool
    letters: tuple[int, ...]
    skeletons: frozenset[str]
    skeleton: str
    known_as: frozenset[str]


@lru_cache(maxsize=65536)
def _read(word: str) -> _Written:
    arabic, found = is_arabic(word), skeletons(word)
    letters = numbered(sounds(word), arabic)
    return _Written(arabic, letters, frozenset(found), found[0] if found else "", known_as(word))


@lru_cache(maxsize=262144)
def _log_same(a: str, b: str) -> float:
    """The logarithm of the likelihood that two cleaned words are spellings of one name."""
    if a == b:
        return -0.02
    first, second = _read(a), _read(b)
    if second.is_arabic and not first.is_arabic:
        first, second = second, first
    same_skeleton = not first.skeletons.isdisjoint(second.skeletons)
    if not same_skeleton and first.skeleton and second.skeleton and _far_apart(first.skeleton, second.skeleton):
        return _HARDLY
    return _log_by_model(first, second, same_skeleton)


def _far_apart(first: str, second: str) -> bool:
    most = max(len(first), len(second)) // 2 + 1
    return Levenshtein.distance(first, second, score_cutoff=most) > most


def _log_by_model(a: _Written, b: _Written, same_skeleton: bool) -> float:
    kind = ("arabic_arabic" if b.is_arabic else "arabic_latin") if a.is_arabic else "latin_latin"
    weights = _WORD_WEIGHTS[kind]
    letters = (len(a.letters) + len(b.letters)) / 2
    cost = 0.0 if a.letters == b.letters and kind != "arabic_latin" else alignment_cost(kind, a.letters, b.letters)
    odds = (
        weights.constant
        + weights.cost * cost
        + weights.cost_per_letter * cost / max(letters, 1.0)
        + weights.same_skeleton * same_skeleton
        + weights.letters * letters
    )
    if a.known_as and b.known_as:
        odds += weights.other_known_name if a.known_as.isdisjoint(b.known_as) else weights.same_known_name
    elif a.known_as or b.known_as:
        odds += weights.one_known
    return max(-math.log1p(math.exp(min(-odds, 30.0))), _HARDLY)
