"""A figure: ours beside what a user would pick instead (the peer) and beside the least it could cost (the limit)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

ROUNDS = 3
Repeats = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach: bounds of its ratios to peer and limit, or of the value itself."""

    to_peer: float | None = None
    to_limit: float | None = None
    value: float | None = None
    less_is_better: bool = False

    def __str__(self) -> str:
        sign = "<=" if self.less_is_better else ">="
        bounds = (("to_peer", self.to_peer), ("to_limit", self.to_limit), ("value", self.value))
        return ", ".join(f"{name} {sign} {bound:g}" for name, bound in bounds if bound is not None)

    def is_met(self, **reached: float | None) -> bool:
        """Whether each bound holds; one whose ratio is unknown does not."""
        return all(
            self._holds(getattr(self, name), ratio)
            for name, ratio in reached.items()
            if getattr(self, name) is not None
        )

    def _holds(self, bound: float, reached: float | None) -> bool:
        if reached is None:
            return False
        return reached <= bound if self.less_is_better else reached >= bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: medians of interleaved repeats, which are kept for its plot."""

    id: str
    title: str
    unit: str
    goal: Goal
    repeats: Repeats
    note: str = ""
    series: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict[str, "list[tuple[float, float]]"])

    def middle(self, way: str) -> float | None:
        """The median of a way's repeats; None where it was not measured."""
        return median(self.repeats[way]) if self.repeats.get(way) else None

    def as_line(self) -> dict[str, object]:
        """The figure in the form that other programs read."""
        value, peer, limit = (self.middle(way) for way in ("ours", "peer", "limit"))
        assert value is not None
        to_peer = value / peer if peer else None
        to_limit = value / limit if limit else None
        holds = self.goal.is_met(to_peer=to_peer, to_limit=to_limit, value=value)
        numbers = {"value": value, "peer": peer, "limit": limit, "to_peer": to_peer, "to_limit": to_limit}
        shown = {name: None if n is None else float(f"{n:.4g}") for name, n in numbers.items()}
        line = {"id": self.id, "unit": self.unit, "goal": str(self.goal), "holds": holds, **shown}
        order = ("id", "value", "unit", "peer", "limit", "to_peer", "to_limit", "goal", "holds")
        return {name: line[name] for name in order}

    def __str__(self) -> str:
        return json.dumps(self.as_line())


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> Repeats:
    """Measure each way once a round, so that a slow minute of the machine meets them all."""
    repeats: Repeats = {way: [] for way in ways}
    for _ in range(rounds):
        for way, measure in ways.items():
            repeats[way].append(measure())
    return repeats
