"""From what families call their kin to who is whose parent: `brother` becomes two shared parents, named or not.

Labels that leave the way open (cousin, in-law, a half-brother without saying through whom) stay labels.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

ParentIs = Literal["father", "mother", "unknown"]
Through = Literal["father", "mother", "both"] | None
_NOT_HERE = ""
SEX_OF: dict[str, Literal["male", "female"]] = {
    **dict.fromkeys(
        ("father", "son", "brother", "husband", "half_brother", "grandfather", "grandson", "paternal_uncle",
         "maternal_uncle", "nephew"),
        "male",
    ),
    **dict.fromkeys(
        ("mother", "daughter", "sister", "wife", "half_sister", "grandmother", "granddaughter", "paternal_aunt",
         "maternal_aunt", "niece"),
        "female",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParentOf:
    """One edge: a child, a parent, which of the two, and whether by birth."""

    child: UUID
    parent: UUID
    parent_is: ParentIs
    biological: str


@dataclass(slots=True)
class Pedigree:
    """A missing person's family as far as it was told; grows by one relative at a time."""

    missing: UUID
    sex: str | None
    new_id: Callable[[], UUID]
    parents: dict[tuple[UUID, ParentIs], UUID] = field(default_factory=dict[tuple[UUID, ParentIs], UUID])
    known: set[tuple[UUID, UUID]] = field(default_factory=set[tuple[UUID, UUID]])
    edges: list[ParentOf] = field(default_factory=list[ParentOf])
    partners: list[tuple[UUID, UUID]] = field(default_factory=list[tuple[UUID, UUID]])
    connecting: dict[UUID, str | None] = field(default_factory=dict[UUID, str | None])
    unnamed: set[UUID] = field(default_factory=set[UUID])
    named_later: set[UUID] = field(default_factory=set[UUID])

    def id_for(self, relation: str) -> UUID:
        """The id of a relative who is new: that of an unnamed parent whose place they take, or one of their own."""
        if relation != "father" and relation != "mother":
            return self.new_id()
        waiting = self.parents.get((self.missing, relation))
        if waiting is None or waiting not in self.unnamed:
            return self.new_id()
        self.unnamed.discard(waiting)
        if self.connecting.pop(waiting, _NOT_HERE) is _NOT_HERE:
            self.named_later.add(waiting)
        return waiting

    def add(self, person: UUID, relation: str, biological: str = "unknown", through: Through = None) -> None:
        """Take in a relative by what the family calls them."""
        match relation:
            case "father" | "mother":
                self._parent(self.missing, person, relation, biological)
            case "son" | "daughter":
                self._parent(person, self.missing, self._missing_as_parent(), biological)
            case "husband" | "wife":
                self.partners.append((self.missing, person))
            case _:
                for child, parent, parent_is in self._by_way_of(person, relation, through):
                    self._parent(child, parent, parent_is, biological)

    def _by_way_of(self, person: UUID, relation: str, through: Through) -> Iterator[tuple[UUID, UUID, ParentIs]]:
        """The edges of kin that are reached through connecting persons."""
        match relation:
            case "brother" | "sister":
                yield from self._shared_parents(person, self.missing, through or "both")
            case "half_brother" | "half_sister":
                yield from self._shared_parents(person, self.missing, through if through != "both" else None)
            case "paternal_uncle" | "paternal_aunt":
                yield from self._shared_parents(person, self.parent_of(self.missing, "father"), through or "both")
            case "maternal_uncle" | "maternal_aunt":
                yield from self._shared_parents(person, self.parent_of(self.missing, "mother"), through or "both")
            case "grandfather" | "grandmother" if through in ("father", "mother"):
                between = self.parent_of(self.missing, through)
                yield between, person, "father" if relation == "grandfather" else "mother"
            case "grandson" | "granddaughter":
                between = self._connect(None)
                yield between, self.missing, self._missing_as_parent()
                yield person, between, "unknown"
            case "nephew" | "niece":
                between = self._connect(None)
                yield from self._shared_parents(between, self.missing, "both")
                yield person, between, "unknown"
            case _:
                return

    def _shared_parents(self, person: UUID, other: UUID, through: Through) -> Iterator[tuple[UUID, UUID, ParentIs]]:
        if through in ("father", "both"):
            yield person, self.parent_of(other, "father"), "father"
        if through in ("mother", "both"):
            yield person, self.parent_of(other, "mother"), "mother"

    def parent_of(self, child: UUID, parent_is: Literal["father", "mother"]) -> UUID:
        """A person's father or mother, put in unnamed where nobody has told of them."""
        known = self.parents.get((child, parent_is))
        if known is not None:
            return known
        parent = self._connect("male" if parent_is == "father" else "female")
        self._parent(child, parent, parent_is, "yes")
        return parent

    def _connect(self, sex: str | None) -> UUID:
        person = self.new_id()
        self.connecting[person] = sex
        self.unnamed.add(person)
        return person

    def _parent(self, child: UUID, parent: UUID, parent_is: ParentIs, biological: str) -> None:
        if child == parent or (child, parent) in self.known:
            return
        self.known.add((child, parent))
        self.edges.append(ParentOf(child, parent, parent_is, biological))
        if biological != "no":
            self.parents.setdefault((child, parent_is), parent)

    def _missing_as_parent(self) -> ParentIs:
        return {"male": "father", "female": "mother"}.get(self.sex or "", "unknown")  # pyright: ignore[reportReturnType]
