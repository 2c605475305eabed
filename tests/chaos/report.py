"""The report of a run, for an operator: what was asked for, what broke, how it ended, and what to look at."""

from collections import Counter

from tests.chaos.asked import Asked
from tests.chaos.findings import Findings
from tests.chaos.timeline import Timeline

MEANING = {
    "asked": "texts asked for: the notice's recipients, and an answer to each text, booking and report",
    "handed_over_once": "of these, at the carrier exactly once",
    "expired": "ended by their time: of no use any more",
    "refused": "turned down on record: the phone wants no texts, or the carrier said no for good",
    "unsettled": "nobody can say whether the carrier has them; never sent again by themselves, a person decides",
    "lost": "asked for at a door that took it, and without a trace",
    "duplicated": "sent, or done, more often than asked for",
    "parked": "messages that wait for a person (`sila parked list`)",
    "projection_differences": "copies that differ from their owner, and the house's word from the carrier's",
    "bookings_oversold": "collection days with more places promised than there are",
}


def fault_table(made: Counter[tuple[str, str]]) -> list[str]:
    """How often what was broken: a row a kind, with its targets."""
    kinds: dict[str, list[str]] = {}
    for (kind, target), count in sorted(made.items()):
        kinds.setdefault(kind, []).append(f"{target} ×{count}")
    totals = Counter[str]()
    for (kind, _), count in made.items():
        totals[kind] += count
    return [f"  {totals[kind]:4}  {kind:22} {', '.join(targets)}" for kind, targets in kinds.items()]


def write_report(
    *, heading: str, asked: Asked, made: Counter[tuple[str, str]], timeline: Timeline, found: Findings,
    objections: list[str],
) -> str:  # fmt: skip
    """The whole report as text."""
    sections = [
        heading,
        "Verdict: " + ("nothing lost, nothing done twice." if not objections else "FAILED: " + "; ".join(objections)),
        "What was asked for\n" + "\n".join(_asked(asked)),
        "What was broken\n" + "\n".join(fault_table(made)),
        "How it ended\n"
        + "\n".join(f"  {value:8}  {name:23} {MEANING[name]}" for name, value in found.figures().items()),
        "What to look at\n" + ("\n".join(f"  {note}" for note in found.notes) or "  nothing"),
        "What happened when\n" + "\n".join(timeline.lines),
    ]
    return "\n\n".join(sections) + "\n"


def _asked(asked: Asked) -> list[str]:
    counts = {
        "families, each told of the meeting": len(asked.families),
        "bookings": len(asked.bookings),
        "cancellations": len(asked.cancelled),
        "additions to files": asked.additions.total(),
        "texts from phones": len(asked.inbound),
        "reports through the API": len(asked.reports),
    }
    again = [f"  {count:8}  times {door} was shut for a moment" for door, count in asked.unanswered_doors.items()]
    return [f"  {count:8}  {what}" for what, count in counts.items()] + again
