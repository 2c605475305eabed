"""Projections compared with their owners. An owner's states are read portion by portion, each portion's copies after
it; what differs is looked at again until it has had time to arrive, since projections follow a moment later.

References and ids are for the operator's terminal: nothing here is logged.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg.sql import Literal as Quoted

from infra.keeping.copies import Copy, Row, Type, chosen
from infra.keeping.databases import connect
from infra.keeping.owners import AT_ONCE, count_states, owners_of, portions
from infra.keeping.progress import Quiet, Steps
from shared.database import engine_of, open_session, utc_now
from shared.messages.model import Event
from shared.parts import Part
from shared.settings import Settings

SETTLE_S = 10.0
LOOK_AGAIN_S = 0.5
MOST_KEPT = 10_000
"""Of each copy so many differences are followed up; more say no more."""

Key = tuple[Any, ...]
Connection = psycopg.Connection[Any]
Kind = Literal["missing", "behind", "ahead", "different", "orphaned", "more"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a copy that is not its owner's state.

    `missing` and `behind`: what the owner told did not arrive. `ahead`: the owner knows no such version. `different`:
    one version, two contents (`detail` names the columns). `orphaned`: the owner has no such row. `more`: there are
    further ones, not followed up (`detail` says how many).
    """

    copy: str
    key: tuple[str, ...]
    kind: Kind
    detail: str = ""

    def __str__(self) -> str:
        return "  ".join(part for part in (self.copy, "/".join(self.key), self.kind, self.detail) if part)


@dataclass(slots=True)
class Open:
    """A difference that may yet settle: the row as its owner tells it; None where the owner has none."""

    copy: Copy
    key: Key
    wanted: Row | None
    read_at: datetime
    found: Difference


def differences(
    settings: Settings, projection: str | None = None, *, settle_s: float = SETTLE_S, steps: Steps | None = None
) -> list[Difference]:
    """What differs between copies and their owners, and still does after `settle_s`.

    `projection` is as for `chosen`, and so is what it raises.
    """
    with ExitStack() as stack:
        databases: dict[Part, Connection] = {}

        def database(part: Part) -> Connection:
            if part not in databases:
                databases[part] = stack.enter_context(connect(settings, part))
            return databases[part]

        checking = _Checking(settings, database)
        checking.compare(chosen(projection), steps or Quiet())
        checking.settle(settle_s)
        return checking.differences()


class _Checking:
    def __init__(self, settings: Settings, database: Callable[[Part], Connection]) -> None:
        self._settings, self._database = settings, database
        self._open: dict[Copy, list[Open]] = {}
        self._not_followed: dict[Copy, int] = {}

    def compare(self, copies: Sequence[Copy], steps: Steps) -> None:
        """Look at every row of every copy once."""
        for owner in owners_of(copies):
            self._compare_states(owner, [c for c in copies if c.origin.part is owner], steps)
        for copy in copies:
            if not copy.begins_here:
                self._find_orphans(copy, steps)

    def settle(self, within_s: float) -> None:
        """Look again at what differed until nothing does, or the time is over."""
        end = time.monotonic() + within_s
        while any(self._open.values()):
            for copy, open_ones in self._open.items():
                self._open[copy] = [o for part in _parts(open_ones) for o in self._still(copy, part)]
            if time.monotonic() >= end:
                return
            time.sleep(LOOK_AGAIN_S)

    def differences(self) -> list[Difference]:
        """What is still open."""
        kept = [o.found for open_ones in self._open.values() for o in open_ones]
        return kept + [Difference(c.name, (), "more", f"{n} further rows") for c, n in self._not_followed.items()]

    def _compare_states(self, owner: Part, copies: Sequence[Copy], steps: Steps) -> None:
        models = tuple({model for copy in copies for model in copy.models})
        engine = engine_of(owner, self._settings, connections=1)
        try:
            with open_session(engine) as reading:
                step, began_at = steps.step(f"{owner} compared", count_states(reading, owner)), utc_now()
                for read, states in portions(reading, owner, models):
                    for copy in copies:
                        self._compare_portion(copy, states, began_at)
                    step.advance(read)
        finally:
            engine.dispose()

    def _compare_portion(self, copy: Copy, states: Iterable[Event], read_at: datetime) -> None:
        wanted = [row for state in states if isinstance(state, copy.models) for row in copy.rows(state)]
        for portion in _parts(wanted):
            compared = [Open(copy, _key(copy, row), row, read_at, _missing(copy, row)) for row in portion]
            self._keep(copy, list(self._still(copy, compared)))

    def _find_orphans(self, copy: Copy, steps: Steps) -> None:
        database, columns = self._database(copy.part), [name for name, _ in copy.key]
        count = database.execute(SQL("SELECT count(*) FROM {}").format(Identifier(copy.table))).fetchone()
        step, after = steps.step(f"{copy.name}: owners", count[0] if count else 0), None
        while keys := database.execute(_next_keys(copy, columns, after)).fetchall():
            after = tuple(keys[-1])
            open_ones = [Open(copy, tuple(key), None, utc_now(), _orphan(copy, tuple(key))) for key in keys]
            self._keep(copy, list(self._still(copy, open_ones)))
            step.advance(len(keys))

    def _keep(self, copy: Copy, found: list[Open]) -> None:
        kept = self._open.setdefault(copy, [])
        room = MOST_KEPT - len(kept)
        kept.extend(found[:room])
        if len(found) > room:
            self._not_followed[copy] = self._not_followed.get(copy, 0) + len(found) - room

    def _still(self, copy: Copy, open_ones: Sequence[Open]) -> Iterator[Open]:
        """Those of these that differ now. What the owner has now is read after its copies: no copy can be ahead."""
        keys = [o.key for o in open_ones]
        columns = {name for o in open_ones for name in (o.wanted or ())}
        there = self._copied(copy, keys, columns)
        unclear = _unclear(copy, open_ones, there)
        owned = self._owned(copy, unclear) if unclear else {}
        for one in open_ones:
            found = _judge(one, there.get(one.key), owned)
            if found is not None:
                one.found = found
                yield one

    def _copied(self, copy: Copy, keys: Sequence[Key], columns: set[str]) -> dict[Key, Row]:
        names = [name for name, _ in copy.key]
        shown = columns | set(names) | {c for c in (copy.version, copy.newer) if c}
        renamed = dict(copy.read)
        listed = SQL(", ").join(
            SQL("{} AS {}").format(SQL(renamed[c]), Identifier(c)) if c in renamed else Identifier(c)  # pyright: ignore
            for c in sorted(shown)
        )
        asked = SQL("SELECT {} FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
            listed, Identifier(copy.table), _listed(names), _arrays(copy)
        )
        rows = self._database(copy.part).cursor(row_factory=dict_row).execute(asked, _columns(copy, keys))
        return {tuple(row[name] for name in names): row for row in rows}

    def _owned(self, copy: Copy, keys: Sequence[Key]) -> dict[Key, int | None]:
        """The owner's versions of these keys, as they are now."""
        origin = copy.origin
        version = Identifier(origin.version) if origin.version else SQL("NULL::bigint")
        asked = SQL("SELECT {}, {} FROM {} WHERE ({}) IN (SELECT * FROM {})").format(
            version, _listed(origin.key), Identifier(origin.table), _listed(origin.key), _arrays(copy)
        )
        rows = self._database(origin.part).execute(asked, _columns(copy, keys))
        return {tuple(key): version for version, *key in rows}


def _judge(one: Open, there: Row | None, owned: dict[Key, int | None]) -> Difference | None:
    copy = one.copy
    if one.wanted is None:
        return one.found if there is not None and one.key not in owned else None
    if there is None:
        return _missing(copy, one.wanted)
    if copy.newer and there[copy.newer] > one.read_at:
        return None
    if copy.version and there[copy.version] != one.wanted[copy.version]:
        return _by_version(one, there[copy.version], one.wanted[copy.version], owned)
    columns = sorted(name for name, value in one.wanted.items() if there[name] != value)
    return _difference(copy, one.key, "different", ", ".join(columns)) if columns else None


def _by_version(one: Open, there: int, wanted: int, owned: dict[Key, int | None]) -> Difference | None:
    if there < wanted:
        return _difference(one.copy, one.key, "behind", f"version {there}, its owner's {wanted}")
    now = owned.get(one.key)
    if now is None or now >= there:
        return None
    return _difference(one.copy, one.key, "ahead", f"version {there}, its owner's {now}")


def _unclear(copy: Copy, open_ones: Sequence[Open], there: dict[Key, Row]) -> list[Key]:
    """Of which rows the owner must be asked: those that it does not tell of, or whose copy has a later version."""
    found = [(o, there[o.key]) for o in open_ones if o.key in there]
    return [
        o.key for o, row in found if o.wanted is None or (copy.version and row[copy.version] > o.wanted[copy.version])
    ]


def _missing(copy: Copy, row: Row) -> Difference:
    return _difference(copy, _key(copy, row), "missing")


def _orphan(copy: Copy, key: Key) -> Difference:
    return _difference(copy, key, "orphaned")


def _difference(copy: Copy, key: Key, kind: Kind, detail: str = "") -> Difference:
    return Difference(copy.name, tuple(str(part) for part in key), kind, detail)


def _key(copy: Copy, row: Row) -> Key:
    return tuple(row[name] for name, _ in copy.key)


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _next_keys(copy: Copy, columns: Sequence[str], after: Key | None) -> Composed:
    since = SQL("WHERE ({}) > ({})").format(_listed(columns), SQL(", ").join(map(Quoted, after))) if after else SQL("")
    return SQL("SELECT {} FROM {} {} ORDER BY {} LIMIT {}").format(
        _listed(columns), Identifier(copy.table), since, _listed(columns), Quoted(AT_ONCE)
    )


def _listed(columns: Sequence[str]) -> Composable:
    return SQL(", ").join(map(Identifier, columns))


def _arrays(copy: Copy) -> Composable:
    kinds: list[Type] = [kind for _, kind in copy.key]
    return SQL("unnest({})").format(SQL(", ").join(SQL("%s::{}[]").format(SQL(kind)) for kind in kinds))


def _columns(copy: Copy, keys: Sequence[Key]) -> list[list[Any]]:
    return [[key[i] for key in keys] for i in range(len(copy.key))]
