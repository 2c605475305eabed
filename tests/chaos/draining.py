"""Coming to rest: until no part has anything left to do, or the time for it is over."""

import time
from collections.abc import Callable

from shared.parts import Part
from tests.chaos.ground import Ground
from tests.chaos.timeline import Timeline
from tests.chaos.work import Work

LEFT = """
SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM failed_message WHERE state <> 'parked'),
       (SELECT count(*) FROM due_message WHERE due_at < now())
"""
TEXTS_LEFT = "SELECT state, count(*) FROM outgoing_text WHERE state IN ('waiting', 'sending') GROUP BY state"
MOVES_LEFT = "SELECT count(*) FROM batch_move"
NOTICE_LEFT = "SELECT asked - sent FROM notice WHERE id = %s"
LOOK_EVERY_S, TELL_EVERY_S = 2.0, 10.0
STUCK_AFTER_S = 300.0
"""What has not moved for so long waits for a person: the longest pause of anything here is shorter."""
QUIET_LOOKS = 2
"""So often in a row nothing must be left: what is in a process's hands is seen a moment later."""


def drain(ground: Ground, work: Work, timeline: Timeline, limit_s: float) -> dict[str, int]:
    """Wait until nothing is left to do, or nothing moves any more. Returns what is left: nothing, if all went well."""
    ends, quiet, told = time.monotonic() + limit_s, 0, 0.0
    left: dict[str, int] = {}
    moved_at = time.monotonic()
    while quiet < QUIET_LOOKS and time.monotonic() < min(ends, moved_at + STUCK_AFTER_S):
        _let_pass(ground, LOOK_EVERY_S)
        before, left = left, _look(lambda: what_is_left(ground, work))
        quiet = quiet + 1 if not left else 0
        moved_at = time.monotonic() if left != before else moved_at
        if left and time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            timeline.note("left: " + ", ".join(f"{name} {count}" for name, count in left.items()))
    return left


def _let_pass(ground: Ground, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        ground.tend(0.2)


def _look(look: Callable[[], dict[str, int]]) -> dict[str, int]:
    try:
        return look()
    except Exception as error:  # a server is just coming up again
        return {type(error).__name__: 1}


def what_is_left(ground: Ground, work: Work) -> dict[str, int]:
    """What waits anywhere: messages in outboxes and queues, further tries, texts, a notice's recipients."""
    left: dict[str, int] = {}
    for part in Part:
        [(outbox, failed, due)] = ground.rows(part, LEFT)
        left |= {f"{part} outbox": outbox, f"{part} to retry": failed, f"{part} due": due}
    left |= {f"texts {state}": count for state, count in ground.rows(Part.GATEWAY, TEXTS_LEFT)}
    left["batches moved"] = ground.rows(Part.GATEWAY, MOVES_LEFT)[0][0]
    left["recipients not given to the gateway"] = ground.rows(Part.OUTREACH, NOTICE_LEFT, work.notice)[0][0]
    if not any(left.values()):
        left["messages queued"] = ground.queued()
    return {name: count for name, count in left.items() if count}
