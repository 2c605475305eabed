"""Public townhall meetings: the list, each one, the calendar, and a family's answer."""

from datetime import UTC
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of, outcomes_of
from portal.database import Row
from portal.family.answering import form_page, see
from portal.family.views import MeetingView
from portal.files import FamilyFile, of_family
from portal.forms import posted
from portal.meetings import meeting_view, public_meeting, public_meetings, question_about
from portal.outcomes import ask
from portal.pages import page
from shared.database import utc_now
from shared.messages.outreach import RecordReply, ReplyRecorded


async def list_meetings(request: Request) -> Response:
    """The meetings to come."""
    rows = await public_meetings(database_of(request), utc_now())
    shown = [meeting_view(row, request.state.lang) for row in rows]
    return page(request, "family/meetings.html", meetings=shown, cache="public, max-age=60")


async def show_meeting(request: Request) -> Response:
    """One meeting; a family that was sent a notice of it can answer."""
    meeting = request.path_params["meeting"]
    row, file = await public_meeting(database_of(request), meeting), await of_family(request)
    if row is None:
        raise HTTPException(404)
    question = await question_about(database_of(request), file.contact, meeting) if file else None
    shown: dict[str, Any] = {
        "meeting": meeting_view(row, request.state.lang, question["answer"] if question else None),
        "can_reply": question is not None,
        "request_id": "",
        "at": f"meetings/{meeting}",
    }
    return form_page(request, "family/meeting.html", **shown)


async def reply(request: Request) -> Response:
    """A family's yes or no to a meeting that it was told of."""
    form = await posted(request)
    meeting, file = request.path_params["meeting"], await of_family(request)
    if file is None:
        return see(request, "status")
    if form["reply"] not in {"yes", "no"}:
        raise HTTPException(400)
    await _record(request, file, meeting, form["reply"])
    return see(request, f"meetings/{meeting}")


async def _record(request: Request, file: FamilyFile, meeting: UUID, answer: Any) -> None:
    question = await question_about(database_of(request), file.contact, meeting)
    if question is None:
        raise HTTPException(404)
    command = RecordReply(actor=file.actor, contact=file.contact, notice=question["notice"], answer=answer, people=1)
    async with database_of(request).transaction() as cursor:
        command_id = await ask(cursor, command, utc_now(), settled_by=ReplyRecorded)
    await outcomes_of(request).wait_for(command_id)


async def calendar(request: Request) -> Response:
    """The meetings to come, for the calendar of a phone (RFC 5545)."""
    from icalendar import Calendar  # here: a tenth of what the portal would import to start

    at, lang = utc_now(), request.state.lang
    feed = Calendar()
    feed.add("prodid", "-//Sila//meetings//")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    for row in await public_meetings(database_of(request), at):
        feed.add_component(_entry(row, meeting_view(row, lang), at))
    headers = {"cache-control": "public, max-age=300", "content-disposition": 'inline; filename="meetings.ics"'}
    return Response(feed.to_ical(), media_type="text/calendar; charset=utf-8", headers=headers)


def _entry(row: Row, meeting: MeetingView, at: Any) -> Any:
    from icalendar import Event

    entry = Event()
    entry.add("uid", f"{meeting.key}@sila")
    entry.add("sequence", row["version"])
    entry.add("dtstamp", at)
    entry.add("dtstart", meeting.starts_at.astimezone(UTC))
    entry.add("dtend", meeting.ends_at.astimezone(UTC))
    entry.add("summary", meeting.title)
    entry.add("location", meeting.place)
    entry.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    return entry
