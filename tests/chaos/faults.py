"""What breaks, and when: a plan drawn from the seed, and its carrying out."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.parts import Process
from tests.chaos.doors import Doors, DoorStaysShut
from tests.chaos.ground import BROKER, CARRIER, DATABASE, Ground
from tests.chaos.size import Size
from tests.chaos.timeline import Timeline

SERVERS = (BROKER, DATABASE, CARRIER)
PARTS = tuple(process.value for process in Process)
WITH_DATABASE_LINE = tuple(p for p in PARTS if p not in (Process.PORTAL, Process.RELAY))
BAD_ANSWERS = {"error_429": 0.004, "error_500": 0.004, "no_answer": 0.004, "accept_then_cut": 0.004,
               "accept_then_500": 0.004}  # fmt: skip
"""Two calls in a hundred. Half of the accepted ones cannot be known from the answer."""
MUTE_SHARE = 0.5
"""How much of the campaign the carrier's callbacks stay away: then only asking the carrier settles what is unclear."""
HELD_S = 3.0
"""How long a part is cut off from its database before it is killed with what it has in hand, and how long a broker does
not hear what a part acknowledges before their line is cut."""
COUNTED = "reports-broker"
"""Gagged in every run: whatever this part carries out a second time is there to be counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks."""

    at_s: float
    kind: str
    target: str
    lasts_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.target}" + (f" for {self.lasts_s:.1f} s" if self.lasts_s else "")


def make_plan(size: Size, rng: random.Random, lines: list[str]) -> list[Fault]:
    """The faults of a run, spread over its campaign in an order drawn by lot."""
    wanted: list[tuple[str, str, float]] = []
    wanted += [("kill", BROKER, 0.0)] * size.broker_kills + [("kill", DATABASE, 0.0)] * size.database_kills
    wanted += [("kill", CARRIER, 0.0)] * size.carrier_kills
    wanted += _part_kills(size, rng)
    for _ in range(size.pauses):
        wanted.append(("pause", rng.choice((*PARTS, *SERVERS)), rng.uniform(0.5, 1) * size.longest_pause_s))
    brokers = [line for line in lines if line.endswith("-broker")]
    for _ in range(size.line_faults):
        wanted.append(("cut", rng.choice(lines), 0.0))
        wanted.append(("freeze", rng.choice(lines), rng.uniform(0.3, 0.6) * size.longest_pause_s))
        wanted.append(("silence", rng.choice(brokers), 0.0))
        wanted.append(("gag", rng.choice(brokers), HELD_S))
    wanted.append(("gag", COUNTED, HELD_S))
    rng.shuffle(wanted)
    step = size.campaign_s / len(wanted)
    return [Fault(step * (n + rng.uniform(0.1, 0.9)), *fault) for n, fault in enumerate(wanted)]


def _part_kills(size: Size, rng: random.Random) -> list[tuple[str, str, float]]:
    """Every process in turn; a third of those with a database are first cut off from it, with messages in hand."""
    targets = [PARTS[n % len(PARTS)] for n in range(size.part_kills)]
    kinds = ["kill"] * len(targets)
    eligible = [n for n, target in enumerate(targets) if target in WITH_DATABASE_LINE]
    for n in rng.sample(eligible, max(2, len(eligible) // 3)):
        kinds[n] = "cut off and kill"
    return [(kind, target, HELD_S if kind != "kill" else 0.0) for kind, target in zip(kinds, targets, strict=True)]


class Faults:
    """Carries a plan out, in the main thread, as time goes by."""

    def __init__(self, plan: list[Fault], ground: Ground, doors: Doors, timeline: Timeline) -> None:
        self._ground, self._doors, self._timeline = ground, doors, timeline
        self._due: list[tuple[float, str, Callable[[], object]]] = []
        self.made: Counter[tuple[str, str]] = Counter()
        self._begun = time.monotonic()
        for fault in plan:
            self._later(fault.at_s, str(fault), lambda f=fault: self._make(f))

    def begin(self, campaign_s: float) -> None:
        """Start the clock; from here on the carrier answers badly, and for a part of the time tells nothing."""
        self._begun = time.monotonic()
        self._set_carrier("faults", BAD_ANSWERS)
        self.made["bad answers", "carrier"] += 1
        mute, unmute = (partial(self._set_carrier, "behaviour", {"callbacks": calls}) for calls in (False, True))
        mute_at = campaign_s * (1 - MUTE_SHARE) / 2
        self._later(mute_at, "the carrier's callbacks stay away", mute)
        self._later(mute_at + campaign_s * MUTE_SHARE, "the carrier calls back again", unmute)
        self.made["callbacks stay away", "carrier"] += 1

    @property
    def are_over(self) -> bool:
        """Whether nothing of the plan is left."""
        return not self._due

    def look(self) -> None:
        """Make what is due."""
        passed = time.monotonic() - self._begun
        for entry in [e for e in self._due if e[0] <= passed]:
            self._due.remove(entry)
            self._timeline.note(entry[1])
            entry[2]()

    def end(self) -> None:
        """Nothing is broken any more."""
        self._set_carrier("faults", {})

    def _later(self, at_s: float, what: str, act: Callable[[], object]) -> None:
        self._due.append((at_s, what, act))

    def _in(self, seconds: float, what: str, act: Callable[[], object]) -> None:
        self._later(time.monotonic() - self._begun + seconds, what, act)

    def _set_carrier(self, what: str, values: dict[str, Any], tries: int = 120) -> None:
        # Who waits for a frozen carrier here waits for ever: this is the thread that lets it go on.
        if self._doors.set_carrier(what, values):
            return
        if tries <= 1:
            raise DoorStaysShut(f"the carrier did not hear of its {what}")
        again = partial(self._set_carrier, what, values, tries - 1)
        self._in(1.0, f"the carrier has not heard of its {what}: once more", again)

    def _make(self, fault: Fault) -> None:
        self.made[fault.kind, fault.target] += 1
        ground, lines, target = self._ground, self._ground.lines, fault.target
        match fault.kind:
            case "kill":
                ground.kill(target)
            case "cut off and kill":
                line = f"{target}-database"
                lines.freeze(line)
                self._in(
                    fault.lasts_s, f"kill {target}, cut off and with messages in hand", lambda: ground.kill(target)
                )
                self._in(fault.lasts_s + 0.2, f"{line} is open again", lambda: (lines.cut(line), lines.thaw(line)))
            case "pause":
                ground.pause(target)
                self._in(fault.lasts_s, f"{target} goes on", lambda: ground.go_on(target))
            case "cut":
                lines.cut(target)
            case "freeze":
                lines.freeze(target)
                self._in(fault.lasts_s, f"{target} flows again", lambda: lines.thaw(target))
            case "gag":
                lines.gag(target)
                self._in(
                    fault.lasts_s,
                    f"cut {target}: what was acknowledged meanwhile comes again",
                    lambda: lines.cut(target),
                )
            case "silence":
                lines.silence(target)
            case _:
                raise ValueError(fault.kind)
