"""The audit trail for auditors: who looked at or changed what, why, and whether the trail is whole."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal import audit
from portal.at_hand import database_of, settings_of
from portal.database import Row
from portal.forms import Form, posted
from portal.relations import own_relatives
from portal.staff.console import form_page, is_refused, note, who
from portal.staff.fields import Fields
from portal.staff.people import names_of
from shared.database import engine_of, open_session
from shared.parts import Part
from shared.sealing import CannotUnseal, Purpose, keys
from shared.settings import Settings

DOORS = {"family": "Families", "staff": "Staff", "api": "Institutions' programs", "system": "Command line"}
MOST = 200
LIST = """
SELECT e.id, e.at, e.door, e.actor, e.institution, e.action, e.subject, e.sealed_detail, e.sequence
FROM audit_entry e LEFT JOIN staff a ON a.staff = e.actor
WHERE (%(door)s = '' OR e.door = %(door)s) AND (%(action)s = '' OR e.action = %(action)s)
    AND (%(subject)s = '' OR e.subject = %(subject)s) AND (%(institution)s = '' OR e.institution = %(institution)s)
    AND (%(who)s = '' OR a.email = lower(%(who)s))
    AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR e.at < %(until)s)
ORDER BY e.id DESC LIMIT %(most)s
"""
ACTIONS = "SELECT DISTINCT action FROM audit_entry ORDER BY action"


async def show_trail(request: Request) -> Response:
    """The latest entries."""
    return await _page(request, Form(()), {})


async def filter_trail(request: Request) -> Response:
    """The latest entries that fit: asked for by a form, so that no reference stands in an address."""
    fields = Fields(await posted(request))
    since = fields.day("since") if fields.form["since"] else None
    until = fields.day("until") if fields.form["until"] else None
    return await _page(
        request,
        fields.form,
        fields.errors,
        since=datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None,
        until=datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1) if until else None,
    )


async def _page(request: Request, form: Form, errors: dict[str, str], **span: datetime | None) -> Response:
    asked = {name: form[name].replace(" ", "") for name in ("door", "action", "subject", "institution", "who")}
    await note(request, "read_audit", "audit", ", ".join(f"{name}: {value}" for name, value in asked.items() if value))
    wanted = {"since": None, "until": None, **span, **asked, "most": MOST}
    await is_refused(request, asked["subject"])
    own = await own_relatives(database_of(request), who(request).staff)
    entries = own.shown(
        {**entry, "reference": entry["subject"]} for entry in await database_of(request).all(LIST, wanted)
    )
    actions = {row["action"]: row["action"].replace("_", " ") for row in await database_of(request).all(ACTIONS)}
    shown = {
        "entries": [_shown(entry) for entry in entries],
        "people": await names_of(request, [str(e["actor"]) for e in entries if e["actor"]]),
        "doors": DOORS,
        "actions": actions,
        "most": MOST,
        "verdict": None,
    }
    return form_page(request, "staff/oversight/audit.html", 422 if errors else 200, form=form, errors=errors, **shown)


def _shown(entry: Row) -> dict[str, Any]:
    return {**entry, "actor": str(entry["actor"] or ""), "reason": _reason(entry)}


def _reason(entry: Row) -> str:
    if not entry["sealed_detail"]:
        return ""
    try:
        return keys().unseal(Purpose.PORTAL, entry["sealed_detail"], f"audit:{entry['subject']}").decode()
    except CannotUnseal:
        return "sealed with a key that is not here"


async def verify_trail(request: Request) -> Response:
    """Prove the whole trail, or name its first broken entry."""
    await posted(request)
    await note(request, "verified_audit", "audit")
    verdict = await asyncio.to_thread(_verify, settings_of(request))
    return form_page(request, "staff/oversight/verdict.html", verdict=verdict)


def _verify(settings: Settings) -> audit.Verdict:
    engine = engine_of(Part.PORTAL, settings, connections=1)
    try:
        with open_session(engine) as db:
            return audit.verify(db)
    finally:
        engine.dispose()
