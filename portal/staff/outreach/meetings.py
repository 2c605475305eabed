"""Townhall meetings: the list with its answers, planning and altering one, calling it off."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.family.words import GOVERNORATES
from portal.forms import Form, posted
from portal.languages import LANGUAGES, local_time
from portal.staff.console import form_page, read, see, tell, told, who, wrong
from portal.staff.fields import BAGHDAD, Fields
from shared.messages.model import Command
from shared.messages.outreach import CancelMeeting, MeetingChanged, PlanMeeting

TEMPLATE = "staff/outreach/meeting.html"


async def show_meetings(request: Request) -> Response:
    """Every meeting, with the answers so far."""
    ended = await told(request)
    meetings = await read(request, "outreach", "meetings")
    return form_page(request, "staff/outreach/meetings.html", meetings=meetings, told=ended)


async def show_new(request: Request) -> Response:
    """An empty plan."""
    start = Form([("time_zone", BAGHDAD)])
    return form_page(request, TEMPLATE, meeting=None, form=start)


async def show_meeting(request: Request) -> Response:
    """A meeting's plan, to be altered."""
    ended = await told(request)
    meeting = await find_meeting(request, request.path_params["meeting"])
    return form_page(request, TEMPLATE, meeting=meeting, form=_as_form(meeting), told=ended)


async def find_meeting(request: Request, meeting: UUID) -> dict[str, Any]:
    """A meeting as its owner tells it. Raises HTTPException 404, StaffReadUnavailable."""
    for each in await read(request, "outreach", "meetings"):
        if each["id"] == str(meeting):
            return each
    raise HTTPException(404)


def _as_form(meeting: dict[str, Any]) -> Form:
    starts_at = local_time(datetime.fromisoformat(meeting["starts_at"]), meeting["time_zone"])
    texts = [(f"{name}.{code}", meeting[name].get(code, "")) for name in ("title", "place") for code in LANGUAGES]
    plain = [(name, meeting[name]) for name in ("governorate", "time_zone")]
    when = [("day", f"{starts_at:%Y-%m-%d}"), ("clock", f"{starts_at:%H:%M}")]
    return Form([*texts, *plain, *when, ("is_public", "yes" if meeting["is_public"] else "")])


async def plan(request: Request) -> Response:
    """A meeting is planned."""
    fields = Fields(await posted(request))
    command = _plan(request, fields, uuid4())
    if command is None:
        return wrong(request, TEMPLATE, fields, meeting=None)
    return see("/staff/meetings", await _tell(request, fields.form, command, "planned_meeting", command.meeting))


async def alter(request: Request) -> Response:
    """A meeting's plan is altered."""
    fields, meeting = Fields(await posted(request)), request.path_params["meeting"]
    command = _plan(request, fields, meeting)
    if command is None:
        return wrong(request, TEMPLATE, fields, meeting=await find_meeting(request, meeting))
    asked = await _tell(request, fields.form, command, "altered_meeting", meeting)
    return see(f"/staff/meetings/{meeting}", asked)


def _plan(request: Request, fields: Fields, meeting: UUID) -> PlanMeeting | None:
    zone = fields.time_zone("time_zone")
    said = {
        "meeting": meeting,
        "title": fields.local_text("title"),
        "place": fields.local_text("place"),
        "governorate": fields.choice("governorate", GOVERNORATES),
        "starts_at": fields.moment("day", "clock", zone),
        "time_zone": zone,
        "is_public": fields.form.has("is_public"),
        "institution": who(request).institution,
        "by": who(request).staff,
    }
    return PlanMeeting.model_validate(said) if fields.are_right else None


async def cancel(request: Request) -> Response:
    """A meeting is called off."""
    form, meeting = await posted(request), request.path_params["meeting"]
    if not form.has("sure"):
        unsure = {"sure": "Please tick the box: everybody who was told of it is told so."}
        found = await find_meeting(request, meeting)
        return form_page(request, TEMPLATE, 422, meeting=found, form=_as_form(found), errors=unsure)
    command = CancelMeeting(meeting=meeting, by=who(request).staff)
    return see(f"/staff/meetings/{meeting}", await _tell(request, form, command, "cancelled_meeting", meeting))


async def _tell(request: Request, form: Form, command: Command, action: str, meeting: UUID) -> UUID:
    return await tell(request, form, command, action, str(meeting), settled_by=MeetingChanged)
