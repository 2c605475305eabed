"""What the reconciliation found: figures, and a line for whatever a person should look at."""

from collections.abc import Iterable
from dataclasses import dataclass, field

SHOWN = 12
"""Lines of one kind in the report; the rest is counted."""


@dataclass
class Findings:
    """The figures of a run."""

    asked: int = 0
    handed_over_once: int = 0
    expired: int = 0
    refused: int = 0
    unsettled: int = 0
    lost: int = 0
    duplicated: int = 0
    parked: int = 0
    projection_differences: int = 0
    bookings_oversold: int = 0
    notes: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """The last line."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}

    def lose(self, what: Iterable[str]) -> None:
        """Something that was asked for has left no trace."""
        self.lost += self._note("lost", what)

    def double(self, what: Iterable[str]) -> None:
        """Something that was asked for once was done more often."""
        self.duplicated += self._note("done more than once", what)

    def differ(self, what: Iterable[str]) -> None:
        """A copy is not as its owner, or the house's word not as the carrier's."""
        self.projection_differences += self._note("differs", what)

    def oversell(self, what: Iterable[str]) -> None:
        """More places were promised than there are."""
        self.bookings_oversold += self._note("oversold", what)

    def park(self, what: Iterable[str]) -> None:
        """A message waits for a person."""
        self.parked += self._note("parked", what)

    def _note(self, kind: str, what: Iterable[str]) -> int:
        lines = list(what)
        self.notes += [f"{kind}: {line}" for line in lines[:SHOWN]]
        if len(lines) > SHOWN:
            self.notes.append(f"{kind}: … and {len(lines) - SHOWN} more like these")
        return len(lines)

    def objections(self, unsettled_allowed: int) -> list[str]:
        """Why the run has failed; nothing where it has not."""
        ended = self.handed_over_once + self.expired + self.refused + self.unsettled
        reasons = [f"{name} is {getattr(self, name)}, not 0" for name in
                   ("lost", "duplicated", "parked", "projection_differences", "bookings_oversold")
                   if getattr(self, name)]  # fmt: skip
        if ended != self.asked:
            reasons.append(f"the sum is wrong: {self.asked} texts were asked for, {ended} are accounted for")
        if self.unsettled > unsettled_allowed:
            reasons.append(f"{self.unsettled} texts are unsettled, {unsettled_allowed} would do")
        return reasons
