"""What it costs to read one letter for another: learnt from pairs of spellings of the same names.

Costs are negative logarithms of how often a sound of one spelling stands for a sound of the other: the cost
of an alignment says how surprising it would be as two spellings of one name. They were learnt by expectation
maximisation from open lists of names in Arabic and Latin letters (Wikidata labels, CC0) and from the list of
given names; those between two Arabic-script spellings are set by hand. `data/letter_costs.json` holds them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

HIGHEST_COST: Final = 7.5


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs between the letters of a first and a second alphabet, by their numbers in each."""

    exchange: list[list[float]]
    first_alone: list[float]
    second_alone: list[float]


def numbered(word: str, is_arabic: bool) -> tuple[int, ...]:
    """The letters of a word as numbers in its alphabet; unknown ones share a number."""
    alphabet = _alphabet("arabic" if is_arabic else "latin")
    unknown = len(alphabet)
    return tuple(alphabet.get(letter, unknown) for letter in word)


def alignment_cost(kind: str, first: Sequence[int], second: Sequence[int]) -> float:
    """The cost of the cheapest alignment of two words, given as numbers of letters.

    `kind` says between which alphabets: `arabic_latin`, `latin_latin` or `arabic_arabic`.
    """
    costs = _costs(kind)
    gaps = [costs.second_alone[letter] for letter in second]
    above = [0.0]
    for gap in gaps:
        above.append(above[-1] + gap)
    for letter in first:
        exchange, gap = costs.exchange[letter], costs.first_alone[letter]
        left = above[0] + gap
        row = [left]
        for at, other in enumerate(second):
            both = above[at] + exchange[other]
            left += gaps[at]
            over = above[at + 1] + gap
            # Comparisons, since min() would cost three times as much here.
            left = left if left < both else both
            left = left if left < over else over
            row.append(left)
        above = row
    return above[-1]


@cache
def _costs(kind: str) -> Costs:
    shipped = _shipped()[kind]
    rows = [[*row, HIGHEST_COST] for row in shipped["exchange"]]
    rows.append([HIGHEST_COST] * len(rows[0]))
    return Costs(rows, [*shipped["first_alone"], HIGHEST_COST], [*shipped["second_alone"], HIGHEST_COST])


@cache
def _alphabet(script: str) -> dict[str, int]:
    return {letter: number for number, letter in enumerate(_shipped()["alphabets"][script])}


@cache
def _shipped() -> dict[str, Any]:
    return json.loads((files("services.reports") / "data" / "letter_costs.json").read_text("utf-8"))
