"""The guard of own relatives' files: whether a member of staff declared a relation to a report, or it was declared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from portal.database import Database
from portal.limits import reference_index

DECLARED: Final = "SELECT reference_index FROM declared_relation WHERE staff = %(staff)s AND ended_at IS NULL"
NAMED_BY: Final = frozenset({"reference", "references"})
"""Under which names the services' answers and the portal's rows name reports."""


@dataclass(frozen=True, slots=True)
class OwnRelatives:
    """The reports that are about one member's relatives, as blind indexes of their references."""

    indexes: frozenset[str]

    def among(self, references: Iterable[str]) -> frozenset[str]:
        """Which of these reports are about a relative. Without a declared relation nothing is computed."""
        return frozenset(r for r in references if reference_index(r) in self.indexes) if self.indexes else frozenset()

    def shown(self, rows: Iterable[Any]) -> list[Any]:
        """A list without the rows that are about a relative."""
        return [row for row in rows if not self.among(named_in(row))]


async def own_relatives(db: Database, staff: UUID) -> OwnRelatives:
    """What a member declared, or was declared for her: one indexed read."""
    rows = await db.all(DECLARED, {"staff": staff})
    return OwnRelatives(frozenset(row["reference_index"] for row in rows))


def named_in(answer: Any) -> frozenset[str]:
    """Every report that an answer or a row is about.

    Of a report's links those that were decided count: it is the same person. Of one that is proposed nobody knows.
    """
    return frozenset(_named_in(answer))


def _named_in(answer: Any) -> Iterator[str]:
    if isinstance(answer, Mapping):
        for name, value in cast("Mapping[str, Any]", answer).items():
            if name in NAMED_BY:
                yield from [value] if isinstance(value, str) else value or ()
            elif name == "links":
                yield from (link["reference"] for link in value if link.get("state") == "linked")
            else:
                yield from _named_in(value)
    elif isinstance(answer, list):
        for each in cast("list[Any]", answer):
            yield from _named_in(each)
