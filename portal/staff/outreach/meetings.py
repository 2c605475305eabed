"""Townhall meetings: the list with its answers, planning and altering one, calling it off."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.family.words import GOVERNORATES
from portal.forms import Form, posted
from portal.languages import LANGUAGES, local_time
from portal.local_text import in_language
from portal.staff.console import form_page, read, see, tell, told, who
from portal.staff.fields import BAGHDAD, Fields
from shared.messages.approval import show_digest
from shared.messages.forbidden_words import forbidden_in
from shared.messages.model import Command
from shared.messages.outreach import ApprovePublication, CancelMeeting, MeetingChanged, PlanMeeting

TEMPLATE = "staff/outreach/meeting.html"
PARTNERS = """
SELECT institution, name FROM institution WHERE is_active AND institution <> %(own)s ORDER BY institution
"""


async def show_meetings(request: Request) -> Response:
    """Every meeting, with the answers so far."""
    ended = await told(request)
    meetings = await read(request, "outreach", "meetings", institution=who(request).institution)
    return form_page(request, "staff/outreach/meetings.html", meetings=meetings, told=ended)


async def show_new(request: Request) -> Response:
    """An empty plan."""
    start = Form([("time_zone", BAGHDAD)])
    return await _meeting_page(request, None, form=start)


async def show_meeting(request: Request) -> Response:
    """A meeting's plan, to be altered."""
    ended = await told(request)
    meeting = await find_meeting(request, request.path_params["meeting"])
    return await _meeting_page(request, meeting, form=_as_form(meeting), told=ended)


async def find_meeting(request: Request, meeting: UUID) -> dict[str, Any]:
    """A meeting as its owner tells it. Raises HTTPException 404, StaffReadUnavailable."""
    for each in await read(request, "outreach", "meetings", institution=who(request).institution):
        if each["id"] == str(meeting):
            return each
    raise HTTPException(404)


def _as_form(meeting: dict[str, Any]) -> Form:
    starts_at = local_time(datetime.fromisoformat(meeting["starts_at"]), meeting["time_zone"])
    texts = [(f"{name}.{code}", meeting[name].get(code, "")) for name in ("title", "place") for code in LANGUAGES]
    plain = [(name, meeting[name]) for name in ("governorate", "time_zone")]
    partners = [("partners", code) for code in meeting["partners"]]
    when = [("day", f"{starts_at:%Y-%m-%d}"), ("clock", f"{starts_at:%H:%M}")]
    return Form([*texts, *plain, *when, ("is_public", "yes" if meeting["is_public_wanted"] else ""), *partners])


async def plan(request: Request) -> Response:
    """A meeting is planned."""
    fields = Fields(await posted(request))
    command = await _plan(request, fields, uuid4())
    if command is None:
        return await _meeting_page(request, None, 422, form=fields.form, errors=fields.errors)
    return see("/staff/meetings", await _tell(request, fields.form, command, "planned_meeting", command.meeting))


async def alter(request: Request) -> Response:
    """A meeting's plan is altered."""
    fields, meeting = Fields(await posted(request)), request.path_params["meeting"]
    found = await find_meeting(request, meeting)
    command = await _plan(request, fields, meeting)
    if command is None:
        return await _meeting_page(request, found, 422, form=fields.form, errors=fields.errors)
    asked = await _tell(request, fields.form, command, "altered_meeting", meeting)
    return see(f"/staff/meetings/{meeting}", asked)


async def _partners(request: Request) -> dict[str, str]:
    """The institutions whose outreach staff may be named as second persons."""
    rows = await database_of(request).all(PARTNERS, {"own": who(request).institution})
    return {row["institution"]: in_language(row["name"], "en") or row["institution"] for row in rows}


async def _meeting_page(
    request: Request, meeting: dict[str, Any] | None, status: int = 200, **context: Any
) -> Response:
    """The page of a meeting, or of a new one."""
    own = str(who(request).staff)
    shown = {
        "meeting": meeting,
        "partners": await _partners(request),
        "is_own": meeting is None or meeting["institution"] == who(request).institution,
        "digest": show_digest(meeting["digest"]) if meeting else None,
        "may_publish": meeting is not None
        and meeting["is_public_wanted"]
        and not meeting["is_public"]
        and meeting["changed_by"] != own,
    }
    return form_page(request, TEMPLATE, status, **shown, **context)


async def _plan(request: Request, fields: Fields, meeting: UUID) -> PlanMeeting | None:
    for name in ("title", "place"):
        for code in LANGUAGES:
            if forbidden_in(fields.form[f"{name}.{code}"]):
                fields.wrong(
                    f"{name}.{code}", "This has a word that no text to a family may say. Please name it neutrally."
                )
    zone = fields.time_zone("time_zone")
    said = {
        "meeting": meeting,
        "title": fields.local_text("title"),
        "place": fields.local_text("place"),
        "governorate": fields.choice("governorate", GOVERNORATES),
        "starts_at": fields.moment("day", "clock", zone),
        "time_zone": zone,
        "is_public": fields.form.has("is_public"),
        "partners": fields.choices("partners", await _partners(request)),
        "actor": who(request).actor,
    }
    return PlanMeeting.model_validate(said) if fields.are_right else None


async def publish(request: Request) -> Response:
    """A second person lets the meeting be listed in public, as the page showed it. Raises HTTPException 400."""
    form, meeting = await posted(request), request.path_params["meeting"]
    await find_meeting(request, meeting)
    try:
        command = ApprovePublication(meeting=meeting, digest=form["digest"], actor=who(request).actor)
    except ValidationError:
        raise HTTPException(400) from None
    return see(f"/staff/meetings/{meeting}", await _tell(request, form, command, "published_meeting", meeting))


async def cancel(request: Request) -> Response:
    """A meeting is called off."""
    form, meeting = await posted(request), request.path_params["meeting"]
    if not form.has("sure"):
        unsure = {"sure": "Please tick the box: everybody who was told of it is told so."}
        found = await find_meeting(request, meeting)
        return await _meeting_page(request, found, 422, form=_as_form(found), errors=unsure)
    command = CancelMeeting(meeting=meeting, actor=who(request).actor)
    return see(f"/staff/meetings/{meeting}", await _tell(request, form, command, "cancelled_meeting", meeting))


async def _tell(request: Request, form: Form, command: Command, action: str, meeting: UUID) -> UUID:
    return await tell(request, form, command, action, str(meeting), settled_by=MeetingChanged)
