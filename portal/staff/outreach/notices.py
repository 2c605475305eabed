"""Notices: the list, the draft with its audience counted, its way: approved by another, started, paused, stopped."""

from collections.abc import Container
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.family.words import EVENTS, GOVERNORATES
from portal.forms import Form, posted
from portal.institutions import institutions_to_share_with
from portal.languages import LANGUAGES
from portal.staff import words
from portal.staff.console import Asked, form_page, read, see, tell, told, who
from portal.staff.fields import Fields
from portal.staff.people import names_of
from shared.database import utc_now
from shared.messages.approval import show_digest
from shared.messages.model import LocalText
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

STEPS: Final = {"start": StartNotice, "pause": PauseNotice, "stop": StopNotice}
UNAPPROVED: Final = frozenset({"draft", "void"})
STEPS_FROM: Final = {
    "draft": ("approve", "stop"),
    "void": ("approve", "stop"),
    "approved": ("start", "stop"),
    "running": ("pause", "stop"),
    "paused": ("start", "stop"),
}
REFRESH_S = 2


async def show_notices(request: Request) -> Response:
    """The notices of my institution, those that it approved, and drafts that wait for a second person."""
    notices = await read(request, "outreach", "notices", institution=who(request).institution)
    meetings = {m["id"]: m for m in await read(request, "outreach", "meetings", institution=who(request).institution)}
    people = await names_of(request, [n["drafted_by"] for n in notices])
    own = str(who(request).staff)
    waiting = [n for n in notices if n["state"] in UNAPPROVED and n["drafted_by"] != own]
    shown: dict[str, Any] = {
        "waiting": waiting,
        "notices": notices,
        "meetings": meetings,
        "states": words.NOTICE_STATES,
        "people": people,
    }
    return form_page(request, "staff/outreach/notices.html", **shown, templates=words.TEMPLATES)


async def show_draft(request: Request) -> Response:
    """An empty draft, or the draft of a notice whose approval does not hold any more."""
    try:
        again = UUID(request.query_params.get("again", ""))
    except ValueError:
        return await _draft_page(request)
    notice = await find_notice(request, again)
    audience = [(name, value) for name, values in notice["audience"].items() for value in _as_list(values)]
    filled = Form([("again", str(again)), ("meeting", notice["meeting"]), ("template", notice["template"]), *audience])
    return await _draft_page(request, form=filled)


def _as_list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


async def _draft_page(request: Request, status: int = 200, **context: Any) -> Response:
    now = utc_now().isoformat()
    coming = [
        m
        for m in await read(request, "outreach", "meetings", institution=who(request).institution)
        if not m["is_cancelled"] and m["starts_at"] > now
    ]
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
    notice = await _notice_to_draft(request, fields)
    meetings = await _meetings(request)
    words = await _words(request, template, meetings[str(meeting)]) if str(meeting) in meetings else None
    if words is None:
        fields.wrong("meeting", "The words cannot be filled in for this meeting. Please look at its place and time.")
        return await _draft_page(request, 422, form=fields.form, errors=fields.errors)
    said = {"notice": notice, "meeting": meeting, "template": template, "audience": audience, "words": words}
    command = DraftNotice.model_validate({**said, "actor": who(request).actor})
    asked = await tell(request, fields.form, command, "drafted_notice", str(notice), values={"notice": str(notice)})
    return see(f"/staff/notices/{await _notice_of(request, asked)}", asked)


async def _notice_to_draft(request: Request, fields: Fields) -> UUID:
    """The notice that is drafted again, where its approval does not hold any more; else a new one."""
    again = fields.form["again"]
    return UUID((await find_notice(request, UUID(again)))["id"]) if again else uuid4()


async def _meetings(request: Request) -> dict[str, dict[str, Any]]:
    found = await read(request, "outreach", "meetings", institution=who(request).institution)
    return {meeting["id"]: meeting for meeting in found}


async def _words(request: Request, template: str, meeting: dict[str, Any]) -> LocalText | None:
    """What families will read of a meeting, in every language; none where a language lacks something.

    Raises StaffReadUnavailable while the gateway does not answer: nothing is drafted or approved unseen.
    """
    words = {each["language"]: each["text"] for each in await _preview(request, template, meeting)}
    return words if all(words.values()) else None


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
    meeting = (await _meetings(request)).get(notice["meeting"])
    waits = notice["state"] in UNAPPROVED
    texts = await _preview_if_there(request, notice, meeting) if meeting else []
    if waits and notice["is_automatic"] and notice["words"] is None and texts:
        notice = await find_notice(request, notice_id, words={each["language"]: each["text"] for each in texts})
    is_author = str(who(request).staff) in notice["authors"]
    shown = {
        "notice": notice,
        "meeting": meeting,
        "texts": _as_approved(notice, texts),
        "digest": show_digest(notice["digest"]) if notice["digest"] else None,
        "is_author": is_author,
        "is_own": notice["institution"] == who(request).institution,
        "languages_by_code": LANGUAGES,
        "count": counted,
        "people": await names_of(request, [notice["drafted_by"], notice["approved_by"]]),
        "steps": _steps(request, notice, is_author=is_author),
        "states": words.NOTICE_STATES,
        "counts": words.COUNTS,
        "templates": words.TEMPLATES,
        "refresh_s": REFRESH_S if _is_moving(notice) and not _stands_still(request, status) else None,
    }
    return form_page(request, "staff/outreach/notice.html", status, **shown, **context)


def _steps(request: Request, notice: dict[str, Any], *, is_author: bool) -> tuple[str, ...]:
    """What this person can do with a notice: an author never approves, and a partner does nothing else."""
    is_own = notice["institution"] == who(request).institution
    can_approve = notice["digest"] is not None and not is_author
    steps = STEPS_FROM.get(notice["state"], ())
    return tuple(step for step in steps if (can_approve if step == "approve" else is_own))


def _as_approved(notice: dict[str, Any], texts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The words of a notice as they were drafted; as the gateway would fill them in now, where nobody wrote them."""
    written = notice["words"] or {}
    shown = [{**each, "text": written.get(each["language"], each["text"])} for each in texts]
    return shown or [
        {"language": code, "text": text, "segments": 0, "reviewer": None} for code, text in written.items()
    ]


async def _preview(request: Request, template: str, meeting: dict[str, Any]) -> list[dict[str, Any]]:
    """How the text reads in each language. Raises StaffReadUnavailable."""
    values = {"starts_at": meeting["starts_at"], "place": meeting["place"]}
    return await read(request, "gateway", "preview", template=template, values=values, time_zone=meeting["time_zone"])


async def _preview_if_there(request: Request, notice: dict[str, Any], meeting: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return await _preview(request, notice["template"], meeting)
    except StaffReadUnavailable:
        return []


def _stands_still(request: Request, status: int) -> bool:
    """Whether somebody writes on the page, so that it must not renew itself."""
    return status != 200 or "still" in request.query_params


def _is_moving(notice: dict[str, Any]) -> bool:
    is_on_its_way = notice["state"] in {"done", "stopped", "expired"} and notice["counts"]["waiting"] > 0
    return notice["state"] == "running" or is_on_its_way


async def find_notice(request: Request, notice_id: UUID, words: LocalText | None = None) -> dict[str, Any]:
    """A notice. Raises HTTPException 404."""
    asked = {"notice": str(notice_id), "institution": who(request).institution, "words": words}
    return await read(request, "outreach", "notice", **asked)


async def _read(request: Request, notice_id: UUID) -> dict[str, Any] | None:
    try:
        return await find_notice(request, notice_id)
    except HTTPException:
        return None


async def take_step(request: Request) -> Response:
    """A notice is approved, started, paused or stopped. Raises HTTPException 404 for another step."""
    form, notice, step = await posted(request), request.path_params["notice"], request.path_params["step"]
    own: dict[str, Any] = {"notice": notice, "actor": who(request).actor}
    await find_notice(request, notice)
    if step == "approve":
        command = await _approval(request, form, own)
    elif step in STEPS:
        command = STEPS[step](**own)
    else:
        raise HTTPException(404)
    asked = await tell(request, form, command, command.kind, str(notice))
    return see(f"/staff/notices/{notice}", asked)


async def _approval(request: Request, form: Form, own: dict[str, Any]) -> ApproveNotice:
    """The approval of what the page showed, by its digest. Raises HTTPException 400 where the page showed none."""
    notice = await find_notice(request, own["notice"])
    words = None
    if notice["is_automatic"] and notice["words"] is None:
        meeting = (await _meetings(request)).get(notice["meeting"])
        words = await _words(request, notice["template"], meeting) if meeting else None
    try:
        return ApproveNotice(**own, digest=form["digest"], words=words)
    except ValidationError:
        raise HTTPException(400) from None


async def _is_seen(request: Request, notice_id: UUID, asked: Asked) -> bool:
    notice = await _read(request, notice_id)
    if asked.kind == "draft_notice":
        return notice is not None
    return notice is not None and notice["state"] in AFTER.get(asked.kind, ())
