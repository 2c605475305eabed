"""Deliberately broken builds, for proving that the reconciliation sees what they do: `python -m tests.chaos.broken KIND
PROCESS` runs a process of Sila with one step of the message's way taken out. Nothing in Sila itself knows of them.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from shared.parts import Process

KINDS = ("ack-before-commit", "inbox-off", "settle-off")
MUST_SHOW = {"ack-before-commit": "lost", "inbox-off": "duplicated", "settle-off": "duplicated"}
"""Under which figure the reconciliation must see what a break does."""


def acknowledge_before_commit() -> None:
    """The broker forgets a batch before it is carried out: what dies between is lost."""
    from shared.messaging import bus

    acknowledge, carry_out, take = bus.Consumer._acknowledge, bus.Consumer._carry_out, bus.LaneInbox.take

    def take_and_remember(self: Any) -> Any:
        batch = take(self)
        self.last_tag = batch[-1][0] if batch else None
        return batch

    def acknowledge_and_carry_out(self: Any, lane: Any, deliveries: Sequence[Any]) -> None:
        acknowledge(self, lane, lane.channel, lane.last_tag)
        carry_out(self, lane, deliveries)

    bus.LaneInbox.take = take_and_remember
    bus.Consumer._carry_out = acknowledge_and_carry_out
    bus.Consumer._acknowledge = lambda self, lane, channel, tag: None


def forget_the_inbox() -> None:
    """Every delivery counts as new: what comes twice is done twice."""
    from shared.messaging import deliveries

    deliveries.take_over = lambda db, handler, ids: set(ids)


def settle_nothing() -> None:
    """A text whose lease is over is sent again without asking the carrier whether it has it."""
    from services.gateway.sending import chores, settling

    def send_again(sessions: Any, carrier: Any) -> int:
        with sessions() as db:
            rows = settling.take_over(db)
            for row in rows:
                settling._end(db, row, settling.End("waiting", "not_asked"))
            db.commit()
        return len(rows)

    chores.settle_all = send_again


BREAKS: dict[str, Callable[[], None]] = dict(
    zip(KINDS, (acknowledge_before_commit, forget_the_inbox, settle_nothing), strict=True)
)


def main(kind: str, name: str) -> None:
    """Run a process with a break."""
    if Process(name) not in (Process.PORTAL, Process.RELAY):
        # What the runner does first, since the break imports what must be patched by then.
        from infra.green import become_green

        become_green()
        if kind != "settle-off" or name == Process.GATEWAY:
            BREAKS[kind]()
    from infra import runner

    runner.main(name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
