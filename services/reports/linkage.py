"""How far two reports speak of the same person: evidence for and against, field by field, summed up as a likelihood.

The weights are natural logarithms of likelihood ratios (Fellegi and Sunter 1969), set by hand from what the field
knows: names of common use weigh little, another mother speaks strongly against, 1 July is no birthday.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from rapidfuzz.fuzz import ratio

from services.reports.dates import Span
from services.reports.name_similarity import score as name_score
from services.reports.names import bind, known_as
from services.reports.spelling import clean, loosen

PROPOSE_FROM: Final = 0.6
"""Scores from here on are shown to a reviewer."""

_AGAINST_BY_CHANCE: Final = -8.5
_HOPELESS: Final = 0.05
_CODES_WITHOUT_WEIGHT: Final = frozenset({"OTHER", "UNKNOWN", "PREFER_NOT"})
_PART_OF_EVENT: Final = {
    "DAESH_2014_17": frozenset(
        {"SPEICHER", "BADUSH", "SINJAR", "KOCHO", "TURKMEN_TALAFAR", "ALBU_NIMR", "MOSUL_2016_17"}
    ),
    "SINJAR": frozenset({"KOCHO"}),
}
_COMMONEST: Final = frozenset({"Muhammad", "Ahmad", "Ali", "Hussein", "Hasan", "Abbas", "Fatima", "Zainab"})


@dataclass(frozen=True, slots=True)
class Record:
    """What linkage reads of a report: all ways the names are written, and what else is known."""

    names: tuple[str, ...]
    mother: str | None = None
    maternal_grandfather: str | None = None
    sex: str | None = None
    born: Span | None = None
    event: str | None = None
    event_date: Span | None = None
    governorate: str | None = None
    place: str | None = None
    identity_indexes: frozenset[str] = field(default_factory=frozenset[str])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field says: both values as they may be shown, and its weight for (or, below zero, against)."""

    field: str
    a: str
    b: str
    weight: float

    def as_json(self) -> dict[str, Any]:
        """As the API and the reviewers' page show it."""
        return {"field": self.field, "a": self.a, "b": self.b, "weight": round(self.weight, 2)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The likelihood that two records are one person, and why."""

    score: float
    explanation: tuple[Evidence, ...]


def is_hopeless(a: Record, b: Record) -> bool:
    """Whether no other field could make up for how unlike the names are; quick, for sorting candidates out."""
    return a.identity_indexes.isdisjoint(b.identity_indexes) and all(
        name_score(written, other) < _HOPELESS for written in a.names for other in b.names
    )


def compare(a: Record, b: Record) -> Comparison:
    """Weigh everything that both records speak of."""
    found = [_names(a, b)]
    for weigh in (_mother, _maternal_grandfather, _sex, _born, _event, _event_date, _governorate, _place):
        evidence = weigh(a, b)
        if evidence is not None:
            found.append(evidence)
    if not a.identity_indexes.isdisjoint(b.identity_indexes):
        found.append(Evidence("identity_number", "same", "same", 8.0))
    total = _AGAINST_BY_CHANCE + sum(evidence.weight for evidence in found)
    return Comparison(1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total)))), tuple(found))


def _names(a: Record, b: Record) -> Evidence:
    """The best pair among all ways of writing either name."""
    best = Evidence("name", "", "", -8.0)
    for written in a.names:
        for other in b.names:
            likeness = name_score(written, other)
            weight = _name_weight(likeness, min(_information(written), _information(other)))
            if weight > best.weight or not best.a:
                best = Evidence("name", written, other, weight)
    return best


def _name_weight(likeness: float, information: float) -> float:
    if likeness >= 0.5:
        return information * (likeness - 0.3) / 0.63
    return -8.0 * (0.5 - likeness) * 2


@lru_cache(maxsize=65536)
def _information(name: str) -> float:
    """How much a name tells: little for the commonest words, more for rare ones, for at most four words."""
    return sum(_word_information(word.text) for word in bind(name)[:4] if word.kind != "kunya")


def _word_information(word: str) -> float:
    known = known_as(word)
    if not known:
        return 3.2
    return 1.6 if known & _COMMONEST else 2.4


def _mother(a: Record, b: Record) -> Evidence | None:
    return _by_name("mother", a.mother, b.mother, agreeing=4.0, differing=-6.5)


def _maternal_grandfather(a: Record, b: Record) -> Evidence | None:
    return _by_name(
        "maternal_grandfather", a.maternal_grandfather, b.maternal_grandfather, agreeing=2.0, differing=-3.0
    )


def _by_name(name: str, a: str | None, b: str | None, *, agreeing: float, differing: float) -> Evidence | None:
    if not a or not b:
        return None
    likeness = name_score(a, b)
    weight = agreeing * (likeness - 0.35) / 0.6 if likeness >= 0.4 else differing * (0.5 - likeness) * 2
    return Evidence(name, a, b, weight)


def _sex(a: Record, b: Record) -> Evidence | None:
    if not a.sex or not b.sex:
        return None
    return Evidence("sex", a.sex, b.sex, 0.6 if a.sex == b.sex else -6.0)


def _born(a: Record, b: Record) -> Evidence | None:
    if a.born is None or b.born is None:
        return None
    return Evidence("born", _show(a.born), _show(b.born), _born_weight(a.born, b.born))


def _born_weight(a: Span, b: Span) -> float:
    if a.precision == b.precision == "day":
        if a == b:
            return 5.0
        if (a.earliest.year, a.earliest.month, a.earliest.day) == (b.earliest.year, b.earliest.day, b.earliest.month):
            return 3.5
    apart = a.years_apart(b)
    if "decade" in (a.precision, b.precision):
        return 0.6 if apart == 0 else -1.5
    return (2.6, 1.6, 0.6, 0.2, -0.8, -1.4)[apart] if apart <= 5 else (-3.0 if apart <= 10 else -6.0)


def _event(a: Record, b: Record) -> Evidence | None:
    if not a.event or not b.event or {a.event, b.event} & _CODES_WITHOUT_WEIGHT:
        return None
    if a.event == b.event:
        return Evidence("event", a.event, b.event, 1.6)
    nested = b.event in _PART_OF_EVENT.get(a.event, ()) or a.event in _PART_OF_EVENT.get(b.event, ())
    return Evidence("event", a.event, b.event, 0.7 if nested else -2.0)


def _event_date(a: Record, b: Record) -> Evidence | None:
    if a.event_date is None or b.event_date is None:
        return None
    return Evidence("date", _show(a.event_date), _show(b.event_date), _date_weight(a.event_date, b.event_date))


def _date_weight(a: Span, b: Span) -> float:
    if a.overlaps(b):
        return {"day": 2.5, "month": 1.6, "year": 0.8}.get(a.precision if a.precision == b.precision else "year", 0.3)
    apart = a.years_apart(b)
    return -0.3 if apart == 0 else (-1.0 if apart == 1 else -3.0)


def _governorate(a: Record, b: Record) -> Evidence | None:
    """Families name a governorate by allegiance too: another one speaks against, but not strongly."""
    if not a.governorate or not b.governorate:
        return None
    return Evidence("governorate", a.governorate, b.governorate, 0.9 if a.governorate == b.governorate else -1.0)


def _place(a: Record, b: Record) -> Evidence | None:
    if not a.place or not b.place:
        return None
    return Evidence("place", a.place, b.place, 1.4 if _is_same_place(a.place, b.place) else -0.3)


def _is_same_place(a: str, b: str) -> bool:
    first, second = (" ".join(map(loosen, clean(place).split())) for place in (a, b))
    return ratio(first, second) >= 80 or name_score(a, b) >= 0.7


def _show(span: Span) -> str:
    if span.precision == "day":
        return span.earliest.isoformat()
    if span.precision == "month":
        return f"{span.earliest:%Y-%m}"
    return str(span.earliest.year) if span.precision == "year" else f"{span.earliest.year}–{span.latest.year}"
