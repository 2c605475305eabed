"""The probe as a process: `python -m tests.probe.service probe|probe-reader`, with Sila's own settings."""

from infra.green import become_green

become_green()

import sys  # noqa: E402
from typing import Any  # noqa: E402

from nameko.runners import ServiceRunner  # noqa: E402
from sqlmodel import Session  # noqa: E402

from shared.messaging.bus import command, event, refusals  # noqa: E402
from shared.settings import settings  # noqa: E402
from tests.probe.messages import Note, Noted, write_note  # noqa: E402


class ProbeService:
    """Takes notes."""

    name = "probe"

    @command(Note)
    def on_note(self, db: Session, message: Note) -> None:
        """Take one."""
        write_note(db, message)


class ProbeReaderService:
    """Reads what was noted."""

    name = "probe-reader"

    @event(Noted)
    def on_noted(self, db: Session, message: Noted) -> None:
        """Do nothing: the inbox is its trace."""

    @refusals
    def on_refused(self, db: Session, message: Any) -> None:
        """Do nothing."""


if __name__ == "__main__":
    runner = ServiceRunner(config={"AMQP_URI": settings().amqp_url})
    runner.add_service(ProbeService if sys.argv[1] == "probe" else ProbeReaderService)
    runner.start()
    runner.wait()
