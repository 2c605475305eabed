"""Projections, compared with their owners: each owner tells the state of everything as for a resync, and each copy must
be that state."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from psycopg.rows import dict_row

from shared.database import engine_of, open_session
from shared.messages.appointments import SessionChanged, SiteChanged, VisitState
from shared.messages.gateway import BatchProgressed, OptOutChanged
from shared.messages.model import Event
from shared.messages.outreach import MeetingChanged, ReplyRecorded
from shared.messages.reports import ContactChanged, ReportChanged
from shared.parts import Part
from tests.chaos.findings import Findings
from tests.chaos.ground import Ground


@dataclass(frozen=True, slots=True)
class Copy:
    """A table that keeps the newest state of an owner's events."""

    part: Part
    table: str
    key: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    """Columns that are named otherwise than the event's fields."""
    but: tuple[str, ...] = ()
    """Columns that are the copy's own, or sealed anew."""


COPIES: dict[type[Event], tuple[Copy, ...]] = {
    ReportChanged: (
        Copy(Part.PORTAL, "family_file", ("reference",)),
        Copy(Part.OUTREACH, "audience_member", ("reference",)),
        Copy(Part.APPOINTMENTS, "file_state", ("reference",)),
        Copy(Part.MATCHING, "family", ("reference",)),
    ),
    ContactChanged: (
        Copy(Part.PORTAL, "contact", ("contact",)),
        Copy(Part.GATEWAY, "contact", ("contact",), renamed=(("id", "contact"),)),
    ),
    SiteChanged: (Copy(Part.PORTAL, "site", ("site",)),),
    SessionChanged: (Copy(Part.PORTAL, "collection_session", ("session",)),),
    VisitState: (Copy(Part.PORTAL, "visit", ("visit",)),),
    MeetingChanged: (Copy(Part.PORTAL, "meeting", ("meeting",)),),
    ReplyRecorded: (Copy(Part.PORTAL, "reply", ("contact", "notice")),),
    OptOutChanged: (Copy(Part.PORTAL, "phone_opt_out", ("phone_index",)),),
    BatchProgressed: (Copy(Part.OUTREACH, "batch", ("batch",), renamed=(("id", "batch"),)),),
}
OWNERS = (Part.REPORTS, Part.APPOINTMENTS, Part.OUTREACH, Part.GATEWAY)
State = dict[str, Any]


def compare_projections(found: Findings, ground: Ground) -> None:
    """Every copy of every owner's state."""
    for owner in OWNERS:
        told: dict[type[Event], list[State]] = {}
        for model, state in _states(ground, owner):
            told.setdefault(model, []).append(state)
        for model, copies in COPIES.items():
            if _owner_of(model) is owner:
                for copy in copies:
                    found.differ(_differences(ground, copy, told.get(model, [])))


def _owner_of(model: type[Event]) -> Part:
    return Part(model.owner) if model.owner else Part.APPOINTMENTS


def _states(ground: Ground, owner: Part) -> Iterator[tuple[type[Event], State]]:
    resync = import_module(f"services.{owner}.resync")
    engine = engine_of(owner, ground.settings(), connections=1)
    with open_session(engine) as db:
        for event in resync.states(db):
            model = next((m for m in COPIES if isinstance(event, m)), None)
            if model is not None:
                yield model, _flat(event)
    engine.dispose()


def _flat(event: Event) -> State:
    state = event.model_dump()
    state |= state.pop("details", {})  # a contact's
    state |= state.pop("counts", {})  # a batch's
    if isinstance(event, ReportChanged):
        state["timeline"] = [entry.model_dump(mode="json") for entry in event.timeline]
    return state


def _differences(ground: Ground, copy: Copy, states: list[State]) -> Iterator[str]:
    wanted = {tuple(state[k] for k in copy.key): state for state in states}
    there = {tuple(row[k] for k in copy.key): row for row in _rows(ground, copy)}
    name = f"{copy.part}.{copy.table}"
    for key in wanted.keys() - there.keys():
        yield f"{name} lacks {_shown(key)}"
    for key in there.keys() - wanted.keys():
        yield f"{name} has {_shown(key)}, which its owner has not"
    for key in wanted.keys() & there.keys():
        state, row = wanted[key], there[key]
        columns = [c for c in state.keys() & row.keys() if c not in copy.but and state[c] != row[c]]
        if columns:
            versions = f"version {row['version']}, the owner's {state['version']}"
            yield f"{name} {_shown(key)}: {', '.join(sorted(columns))} ({versions})"


def _rows(ground: Ground, copy: Copy) -> list[State]:
    with ground.database(copy.part) as db:
        rows = db.cursor(row_factory=dict_row).execute(f"SELECT * FROM {copy.table}").fetchall()
    for row in rows:
        for column, name in copy.renamed:
            row[name] = row.pop(column)
    return rows


def _shown(key: tuple[Any, ...]) -> str:
    return "/".join(str(part)[:8] + "…" for part in key)
