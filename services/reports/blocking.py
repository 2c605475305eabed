"""Which records are worth comparing: each gets keys made of what two writings of one person are likely to share.

Stored keys are exact; a search asks for its own keys and for those of the years beside its own. The keys are
hashed to 64 bits: they are for finding, and tell nothing.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import product
from typing import Final, NamedTuple

from services.reports.linkage import Record
from services.reports.names import bind, split_name
from services.reports.spelling import skeletons

_YEARS_BESIDE: Final = 2
_MOST_KEYS: Final = 60


class _Readings(NamedTuple):
    """The skeletons that the parts of one name may have."""

    given: tuple[str, ...]
    father: tuple[str, ...]
    grandfather: tuple[str, ...]


def blocking_keys(record: Record) -> list[str]:
    """The keys a record is stored under."""
    keys = dict.fromkeys(_keys(record, _years(record, beside=0)))
    for name in _readings_of(record):
        keys.update(dict.fromkeys(_pairs("pair", name)))
        if record.born is None:
            keys.update(dict.fromkeys(_pairs("pair-without-year", name)))
    return list(keys)[:_MOST_KEYS]


def search_keys(record: Record) -> list[str]:
    """The keys a record's candidates are looked up by."""
    keys = dict.fromkeys(_keys(record, _years(record, beside=_YEARS_BESIDE)))
    kind = "pair" if record.born is None else "pair-without-year"
    for name in _readings_of(record):
        keys.update(dict.fromkeys(_pairs(kind, name)))
    return list(keys)


def hashed(keys: Iterable[str]) -> list[int]:
    """Keys as signed 64-bit numbers, as the database indexes them."""
    return sorted({_hash(key) for key in keys})


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def _years(record: Record, beside: int) -> list[int]:
    if record.born is None:
        return []
    first, last = record.born.earliest.year, record.born.latest.year
    return list(range(first - beside, min(last, first + 9) + beside + 1))


def _readings_of(record: Record) -> list[_Readings]:
    found = dict.fromkeys(_readings(name) for name in record.names)
    return [readings for readings in found if readings.given]


def _readings(name: str) -> _Readings:
    parts = split_name(name)
    return _Readings(*(_reading(part) for part in (parts.given, parts.father, parts.grandfather)))


def _reading(word: str) -> tuple[str, ...]:
    """The skeletons of a word; one that has only vowels is read as itself, cut short."""
    return (skeletons(word) or (word[:1],)) if word else ()


def _keys(record: Record, years: list[int]) -> Iterator[str]:
    mother = _reading(next((word.text for word in bind(record.mother or "")), ""))
    for name in _readings_of(record):
        for parts in product(*name):
            yield "three:" + " ".join(sorted(parts))
        for year in years:
            yield from _keys_of_year(name, year)
        for given, father, its_mother in product(name.given, name.father, mother):
            yield f"mother:{given}:{father}:{its_mother}"
        if record.event and record.governorate:
            yield from _pairs(f"event:{record.event}:{record.governorate}", name)
    for index in sorted(record.identity_indexes):
        yield f"identity:{index}"


def _keys_of_year(name: _Readings, year: int) -> Iterator[str]:
    yield from _pairs(f"year:{year}", name)
    for given, grandfather in product(name.given, name.grandfather):
        yield f"skip:{year}:{given}:{grandfather}"
    for father, grandfather in product(name.father, name.grandfather):
        yield f"house:{year}:{father}:{grandfather}"
    if name.father and name.grandfather:
        yield f"initials:{year}:{name.given[0][:1]}{name.father[0][:1]}{name.grandfather[0][:1]}"


def _pairs(kind: str, name: _Readings) -> Iterator[str]:
    for given, father in product(name.given, name.father or ("",)):
        yield f"{kind}:{given}:{father}"
