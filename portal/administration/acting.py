"""Who administers people, keys and institutions, and how each act gets into the audit trail, in its own transaction.

The rules beside this module are plain functions on a connection: the command line and the console call the same ones.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from portal.audit import append_on
from shared.database import utc_now

Connection = psycopg.Connection[Any]


class Rejected(Exception):
    """What was entered cannot be carried out; nothing was changed. `words` belong beside `field`."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


class NotThere(LookupError):
    """There is no such account, key or institution, or this person may not manage it: both are answered alike."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a member of staff, or somebody at the command line (`command_line` is the name, `staff` is None)."""

    staff: UUID | None = None
    institution: str | None = None
    is_national: bool = False
    command_line: str = ""

    @property
    def name(self) -> str:
        """How rows name this person: the account's id, or `cli:` and a name."""
        return str(self.staff) if self.staff else f"cli:{self.command_line}"

    def manages(self, institution: str) -> bool:
        """Whether this person manages an institution's people and keys."""
        return self.is_national or institution == self.institution


def at_the_command_line(user: str) -> By:
    """Whoever has the machine may do everything, and is on record with a name."""
    return By(is_national=True, command_line=user)


def record(db: Connection, by: By, action: str, subject: object, detail: str = "") -> None:
    """Put an act on record with who did it, in the act's transaction. Names and addresses go into `detail` alone."""
    said = detail if by.staff else "; ".join(filter(None, (by.name, detail)))
    append_on(
        db,
        utc_now(),
        "staff" if by.staff else "system",
        action,
        str(subject),
        actor=by.staff,
        institution=by.institution,
        detail=said,
    )
