"""Parked messages at the console: listed, shown with a reason, replayed, discarded with a reason; all on record."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import settings_of
from portal.forms import posted
from portal.staff.console import form_page, note, see
from portal.staff.fields import Fields
from shared.messaging import parked
from shared.messaging.parked import ParkedMessage
from shared.parts import Part
from shared.settings import Settings

REASONS = ("I look for the cause", "The cause is mended and I check it")
MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A failed message and the part in whose database it is."""

    part: Part
    message: ParkedMessage

    @property
    def subject(self) -> str:
        """What the audit trail calls it."""
        return f"{self.part}:{self.message.message_id}"


async def show_list(request: Request) -> Response:
    """Every message that failed, parked or still to be tried again, of those that the filter names."""
    wanted = {name: request.query_params.get(name, "")[:100] for name in ("part", "queue", "error")}
    chosen = [Part(wanted["part"])] if wanted["part"] in set(Part) else list(Part)
    await note(request, "listed_parked", wanted["part"] or "all")
    kept, away = await asyncio.to_thread(_every, settings_of(request), chosen, wanted["queue"], wanted["error"])
    shown: dict[str, Any] = {
        "kept": kept[:MOST],
        "away": away,
        "parts": list(Part),
        "more": max(len(kept) - MOST, 0),
        **wanted,
    }
    return form_page(request, "staff/oversight/parked.html", **shown)


def _every(settings: Settings, parts: list[Part], queue: str, error: str) -> tuple[list[Kept], list[Part]]:
    kept, away = list[Kept](), list[Part]()
    for part in parts:
        try:
            kept.extend(_kept_in(settings, part, queue, error))
        except psycopg.Error:
            away.append(part)
    return kept, away


def _kept_in(settings: Settings, part: Part, queue: str, error: str) -> Iterator[Kept]:
    with parked.connect(settings, part) as db:
        for message in parked.listed(db, every_state=True, queue=queue, error=error):
            yield Kept(part, message)


async def show_message(request: Request) -> Response:
    """One of them: what is in the clear."""
    return await _message_page(request, await _found(request))


async def _message_page(
    request: Request, kept: Kept, status: int = 200, error: str | None = None, **context: Any
) -> Response:
    shown = {"kept": kept, "message": kept.message, "error_text": error, "reasons": REASONS}
    return form_page(request, "staff/oversight/parked_message.html", status, **shown, **context)


async def show_error(request: Request) -> Response:
    """The error's text, which may print personal values: opened with a reason."""
    fields = Fields(await posted(request))
    reason, kept = fields.text("reason", is_required=True), await _found(request)
    if not fields.are_right:
        return await _message_page(request, kept, 422, form=fields.form, errors=fields.errors)
    await note(request, "looked_at_error", kept.subject, reason)
    return await _message_page(request, kept, error=kept.message.error or "no text was kept")


async def replay(request: Request) -> Response:
    """Try one again, now, as the same message."""
    await posted(request)
    kept = await _found(request)
    await note(request, "replayed_parked", kept.subject)
    await _change(request, kept.part, lambda db: parked.replay(db, kept.message.id))
    return see("/staff/operations/parked")


async def replay_all(request: Request) -> Response:
    """Try all of a part again that are parked and that the filter named."""
    form, part = await posted(request), _part(request)
    await note(request, "replayed_all_parked", part)
    await _change(request, part, lambda db: _replay_every(db, form["queue"], form["error"]))
    return see("/staff/operations/parked")


def _replay_every(db: psycopg.Connection[Any], queue: str, error: str) -> None:
    for message in list(parked.listed(db, queue=queue, error=error)):
        parked.replay(db, message.id)


async def discard(request: Request) -> Response:
    """Give one up, with a reason."""
    fields = Fields(await posted(request))
    reason, kept = fields.text("discard_reason", is_required=True), await _found(request)
    if not fields.form.has("sure"):
        fields.wrong("sure", "Please tick the box: what is discarded is gone.")
    if not fields.are_right:
        return await _message_page(request, kept, 422, form=fields.form, errors=fields.errors)
    await note(request, "discarded_parked", kept.subject, reason)
    await _change(request, kept.part, lambda db: parked.discard(db, kept.message.id))
    return see("/staff/operations/parked")


def _part(request: Request) -> Part:
    try:
        return Part(request.path_params["part"])
    except ValueError:
        raise HTTPException(404) from None


async def _found(request: Request) -> Kept:
    part, row = _part(request), request.path_params["row"]
    try:
        return Kept(part, await asyncio.to_thread(_show, settings_of(request), part, row))
    except LookupError:
        raise HTTPException(404) from None


def _show(settings: Settings, part: Part, row: int) -> ParkedMessage:
    with parked.connect(settings, part) as db:
        return parked.show(db, row)


async def _change(request: Request, part: Part, change: Callable[[psycopg.Connection[Any]], None]) -> None:
    try:
        await asyncio.to_thread(_changed, settings_of(request), part, change)
    except LookupError:
        raise HTTPException(404) from None


def _changed(settings: Settings, part: Part, change: Callable[[psycopg.Connection[Any]], None]) -> None:
    with parked.connect(settings, part) as db:
        change(db)
