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
from typing import Final

HIGHEST_COST: Final = 7.5


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs between the letters of a first and a second alphabet, by their numbers in each."""

    first: dict[str, int]
    second: dict[str, int]
    exchange: list[list[float]]
    first_alone: list[float]
    second_alone: list[float]

    def number_first(self, word: str) -> list[int]:
        """The letters of a word of the first alphabet as numbers; unknown ones share a number."""
        unknown = len(self.first)
        return [self.first.get(letter, unknown) for letter in word]

    def number_second(self, word: str) -> list[int]:
        """The same for the second alphabet."""
        unknown = len(self.second)
        return [self.second.get(letter, unknown) for letter in word]


def cost_of_alignment(costs: Costs, first: Sequence[int], second: Sequence[int]) -> float:
    """The cost of the cheapest alignment of two words, given as numbers of letters."""
    alone = costs.second_alone
    above = [0.0]
    total = 0.0
    for letter in second:
        total += alone[letter]
        above.append(total)
    gaps = [alone[letter] for letter in second]
    for letter in first:
        exchange = costs.exchange[letter]
        gap = costs.first_alone[letter]
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
def costs(kind: str) -> Costs:
    """The shipped costs between two scripts: `arabic_latin`, `latin_latin` or `arabic_arabic`."""
    shipped = json.loads((files("services.reports") / "data" / "letter_costs.json").read_text("utf-8"))[kind]
    return _with_unknown(
        shipped["first"],
        shipped["second"],
        shipped["exchange"],
        shipped["first_alone"],
        shipped["second_alone"],
    )


def _with_unknown(
    first: str,
    second: str,
    exchange: list[list[float]],
    first_alone: list[float],
    second_alone: list[float],
) -> Costs:
    rows = [[*row, HIGHEST_COST] for row in exchange]
    rows.append([HIGHEST_COST] * (len(second) + 1))
    return Costs(
        {letter: number for number, letter in enumerate(first)},
        {letter: number for number, letter in enumerate(second)},
        rows,
        [*first_alone, HIGHEST_COST],
        [*second_alone, HIGHEST_COST],
    )
