"""Notices: the list, the draft with its audience counted, its way: approved by another, started, paused, stopped."""

from collections.abc import Container
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.family.words import EVENTS, GOVERNORATES
from portal.forms import posted
from portal.institutions import institutions_to_share_with
from portal.languages import LANGUAGES
from portal.staff import words
from portal.staff.console import Asked, form_page, read, see, tell, told, who
from portal.staff.fields import Fields
from portal.staff.people import names_of
from shared.database import utc_now
from shared.messages.model import Command
from shared.messages.outreach import ApproveNotice, Audience, DraftNotice, PauseNotice, StartNotice, StopNotice
from shared.messaging.rpc import StaffReadUnavailable

TEMPLATES = {name: words.TEMPLATES[name] for name in ("townhall", "townhall_changed")}
"""What can be drafted; that a meeting is off is told by itself."""

AFTER: Final = {
    "approve_notice": frozenset({"approved", "running", "paused", "done", "expired"}),
    "start_notice": frozenset({"running", "done"}),
    "pause_notice": frozenset({"paused"}),
    "stop_notice": frozenset({"stopped"}),
}
"""In which states a notice is once a command was carried out."""

STEPS_FROM: Final = {
    "draft": ("approve", "stop"),
    "approved": ("start", "stop"),
    "running": ("pause", "stop"),
    "paused": ("start", "stop"),
}
REFRESH_S = 2


async def show_notices(request: Request) -> Response:
    """The notices of my institution, those that it approved, and drafts that wait for a second person."""
    notices = await read(request, "outreach", "notices", institution=who(request).institution)
    meetings = {m["id"]: m for m in await read(request, "outreach", "meetings")}
    people = await names_of(request, [n["drafted_by"] for n in notices])
    shown: dict[str, Any] = {"notices": notices, "meetings": meetings, "states": words.NOTICE_STATES, "people": people}
    return form_page(request, "staff/outreach/notices.html", **shown, templates=words.TEMPLATES)


async def show_draft(request: Request) -> Response:
    """An empty draft."""
    return await _draft_page(request)


async def _draft_page(request: Request, status: int = 200, **context: Any) -> Response:
    now = utc_now().isoformat()
    coming = [m for m in await read(request, "outreach", "meetings") if not m["is_cancelled"] and m["starts_at"] > now]
    institutions = await institutions_to_share_with(database_of(request), "en")
    shown = {
        "meetings": {m["id"]: _line(m) for m in sorted(coming, key=lambda m: m["starts_at"])},
        "templates": TEMPLATES,
        "bodies": {each.code: each.name for each in institutions},
        "tongue_names": {code: language.name for code, language in LANGUAGES.items()},
        "count": None,
        **context,
    }
    return form_page(request, "staff/outreach/draft.html", status, **shown)


def _line(meeting: dict[str, Any]) -> str:
    title = meeting["title"].get("en") or next(iter(meeting["title"].values()), "")
    return f"{meeting['starts_at'][:10]} · {GOVERNORATES.get(meeting['governorate'], '')} · {title}"


async def draft(request: Request) -> Response:
    """The audience is counted, or the notice drafted: the form has a button for each."""
    fields = Fields(await posted(request))
    bodies = await institutions_to_share_with(database_of(request), "en")
    audience = audience_in(fields, {each.code for each in bodies})
    if fields.form.has("only_count"):
        count = await _count(request, audience) if fields.are_right else None
        status = 200 if fields.are_right else 422
        return await _draft_page(request, status, form=fields.form, errors=fields.errors, count=count)
    meeting, template = fields.uuid("meeting"), fields.choice("template", TEMPLATES)
    if not fields.are_right:
        return await _draft_page(request, 422, form=fields.form, errors=fields.errors)
    member, notice = who(request), uuid4()
    said = {"notice": notice, "meeting": meeting, "template": template, "audience": audience}
    command = DraftNotice.model_validate({**said, "institution": member.institution, "by": member.staff})
    asked = await tell(request, fields.form, command, "drafted_notice", str(notice), values={"notice": str(notice)})
    return see(f"/staff/notices/{await _notice_of(request, asked)}", asked)


NOTICE_OF = """SELECT "values" ->> 'notice' AS notice FROM outcome WHERE command_id = %(id)s"""


async def _notice_of(request: Request, asked: UUID) -> str:
    """The notice that was drafted by a form: the first time that it was sent."""
    row = await database_of(request).one(NOTICE_OF, {"id": asked})
    assert row
    return row["notice"]


def audience_in(fields: Fields, institutions: Container[str]) -> Audience:
    """The audience that a form chooses; `institutions` are those that there are."""
    said = {
        "governorates": fields.choices("governorates", GOVERNORATES),
        "events": fields.choices("events", EVENTS),
        "languages": fields.choices("languages", LANGUAGES),
        "institutions": fields.choices("institutions", institutions),
        "fewer_samples_than": fields.whole("fewer_samples_than", 1, 10, is_required=False),
    }
    return Audience.model_validate(said)


async def _count(request: Request, audience: Audience) -> str:
    return await read(request, "outreach", "count_audience", audience=audience.model_dump(mode="json"))


async def show_notice(request: Request) -> Response:
    """A notice's state and progress; while it goes out the page renews itself."""
    notice_id = request.path_params["notice"]
    ended = await told(request, lambda asked: _is_seen(request, notice_id, asked))
    return await notice_page(request, notice_id, told=ended)


async def notice_page(request: Request, notice_id: UUID, status: int = 200, **context: Any) -> Response:
    """The page of a notice; without one where it was not drafted yet, or never will be."""
    notice = await _read(request, notice_id)
    if notice is None:
        if context.get("told") is None:
            raise HTTPException(404)
        return form_page(request, "staff/outreach/notice.html", status, notice=None, **context)
    audience = Audience.model_validate(notice["audience"])
    counted = await _count(request, audience) if notice["state"] in {"draft", "approved"} else None
    meetings = {m["id"]: m for m in await read(request, "outreach", "meetings")}
    meeting = meetings.get(notice["meeting"])
    shown = {
        "notice": notice,
        "meeting": meeting,
        "texts": await _preview(request, notice, meeting) if counted is not None and meeting else [],
        "languages_by_code": LANGUAGES,
        "count": counted,
        "people": await names_of(request, [notice["drafted_by"], notice["approved_by"]]),
        "steps": STEPS_FROM.get(notice["state"], ()),
        "states": words.NOTICE_STATES,
        "counts": words.COUNTS,
        "templates": words.TEMPLATES,
        "refresh_s": REFRESH_S if _is_moving(notice) and not _stands_still(request, status) else None,
    }
    return form_page(request, "staff/outreach/notice.html", status, **shown, **context)


async def _preview(request: Request, notice: dict[str, Any], meeting: dict[str, Any]) -> list[dict[str, Any]]:
    """How the text will read in each language; nothing while the gateway does not answer."""
    values = {"starts_at": meeting["starts_at"], "place": meeting["place"]}
    asked = {"template": notice["template"], "values": values, "time_zone": meeting["time_zone"]}
    try:
        return await read(request, "gateway", "preview", **asked)
    except StaffReadUnavailable:
        return []


def _stands_still(request: Request, status: int) -> bool:
    """Whether somebody writes on the page, so that it must not renew itself."""
    return status != 200 or "still" in request.query_params


def _is_moving(notice: dict[str, Any]) -> bool:
    is_on_its_way = notice["state"] in {"done", "stopped", "expired"} and notice["counts"]["waiting"] > 0
    return notice["state"] == "running" or is_on_its_way


async def _read(request: Request, notice_id: UUID) -> dict[str, Any] | None:
    try:
        return await read(request, "outreach", "notice", notice=str(notice_id))
    except HTTPException:
        return None


async def take_step(request: Request) -> Response:
    """A notice is approved, started, paused or stopped. Raises HTTPException 404 for another step."""
    form, notice, member = await posted(request), request.path_params["notice"], who(request)
    own = {"notice": notice, "by": member.staff}
    commands: dict[str, Command] = {
        "approve": ApproveNotice(**own, institution=member.institution),
        "start": StartNotice(**own),
        "pause": PauseNotice(**own),
        "stop": StopNotice(**own),
    }
    command = commands.get(request.path_params["step"])
    if command is None:
        raise HTTPException(404)
    asked = await tell(request, form, command, command.kind, str(notice))
    return see(f"/staff/notices/{notice}", asked)


async def _is_seen(request: Request, notice_id: UUID, asked: Asked) -> bool:
    notice = await _read(request, notice_id)
    if asked.kind == "draft_notice":
        return notice is not None
    return notice is not None and notice["state"] in AFTER.get(asked.kind, ())
