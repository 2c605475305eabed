"""A case manager's families: taken on, looked at with a reason, met in person, and the meeting recorded."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.accounts import Role
from portal.at_hand import database_of
from portal.forms import posted
from portal.relations import own_relatives
from portal.staff import words
from portal.staff.console import (
    Asked,
    form_page,
    note,
    permit_in,
    permitted,
    read,
    read_unguarded,
    refuse_own_relative,
    see,
    tell,
    told,
    who,
)
from portal.staff.contacts.wishes import WISHES
from portal.staff.entrance.permits import permit
from portal.staff.fields import Fields
from portal.staff.people import with_role
from portal.staff.reports.finding import read_file
from shared.messages.matching import AssignContactPerson, MeetingAccount, RecordMeeting
from shared.messages.model import seal_content
from shared.messages.reports import ReportChanged

REASONS = ("I prepare the first talk", "I prepare the meeting", "The family calls me")


async def show_families(request: Request) -> Response:
    """My families, and those of my institution who wait for a contact person."""
    await note(request, "listed_families", "families")
    return await _list(request, told=await told(request, lambda asked: _is_seen(request, asked)))


async def _list(request: Request, status: int = 200, **context: Any) -> Response:
    member = who(request)
    shown = {
        "mine": await _mine(request),
        "waiting": await _waiting(request),
        "managers": await with_role(request, Role.CASE_MANAGER, member.institution),
        "reasons": REASONS,
    }
    return form_page(request, "staff/contacts/families.html", status, **shown, **context)


async def _waiting(request: Request) -> list[dict[str, Any]]:
    """My institution's families without a contact person, or whose contact person has declared that it is a relative's:
    she sees that family no more."""
    institution, db = who(request).institution, database_of(request)
    waiting: list[dict[str, Any]] = await read(request, "matching", "contact_requests", institution=institution)
    asked = {"institution": institution, "state": "assigned"}
    assigned: list[dict[str, Any]] = await read(request, "matching", "contact_requests", **asked)
    own = {manager: await own_relatives(db, UUID(manager)) for manager in {each["case_manager"] for each in assigned}}
    return waiting + [each for each in assigned if own[each["case_manager"]].among([each["reference"]])]


async def _mine(request: Request) -> list[dict[str, Any]]:
    return await read(
        request, "matching", "my_families", case_manager=str(who(request).staff), institution=who(request).institution
    )


async def open_family(request: Request) -> Response:
    """One of my families was chosen, with a reason to look."""
    fields = Fields(await posted(request))
    contact_request, reason = fields.uuid("contact_request"), fields.text("reason", is_required=True)
    if not fields.are_right:
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    await _one_of_mine(request, str(contact_request))
    return see(f"/staff/families/{permit_in(request, permit('family', str(contact_request), reason))}")


async def show_family(request: Request) -> Response:
    """Why a family is asked, what it wishes, and how to reach it: for its contact person alone."""
    given = permitted(request, "family")
    mine = await _one_of_mine(request, given.subject)
    await note(request, "looked_at_occasion", mine["reference"], given.reason)
    mine_only = {"contact_request": given.subject, "case_manager": str(who(request).staff)}
    shown: dict[str, Any] = {
        "family": mine,
        "occasion": await read(request, "matching", "occasion", **mine_only),
        "file": await read_file(request, mine["reference"]),
        "reasons": words.OCCASION_REASONS,
        **WISHES,
    }
    return form_page(request, "staff/contacts/family.html", **shown)


async def _one_of_mine(request: Request, contact_request: str) -> dict[str, Any]:
    await _reference_of(request, contact_request)
    for family in await _mine(request):
        if family["contact_request"] == contact_request:
            return family
    raise HTTPException(404)


async def _reference_of(request: Request, contact_request: str) -> str:
    """The report of an open contact request of my institution; empty where there is none: its owner then says so.

    Raises OwnRelative.
    """
    institution = who(request).institution
    for state in ("requested", "assigned"):
        asked = {"institution": institution, "state": state}
        for family in await read_unguarded(request, "matching", "contact_requests", **asked):
            if family["contact_request"] == contact_request:
                await refuse_own_relative(request, family["reference"])
                return family["reference"]
    return ""


async def assign(request: Request) -> Response:
    """A family gets its contact person."""
    fields = Fields(await posted(request))
    managers = await with_role(request, Role.CASE_MANAGER, who(request).institution)
    manager = fields.choice("case_manager", managers)
    if not fields.are_right:
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    contact_request: UUID = request.path_params["contact_request"]
    reference = await _reference_of(request, str(contact_request))
    if (await own_relatives(database_of(request), UUID(manager))).among([reference]):
        fields.wrong("case_manager", "This colleague cannot take this family on. Please choose another.")
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    command = AssignContactPerson(contact_request=contact_request, case_manager=UUID(manager), actor=who(request).actor)
    asked = await tell(
        request,
        fields.form,
        command,
        "assigned_contact_person",
        str(contact_request),
        values={"to": manager, "taken": str(contact_request)},
        about=[reference],
    )
    return see("/staff/families", asked)


async def show_meeting_form(request: Request) -> Response:
    """The form that records a meeting."""
    return await _meeting_page(request)


async def _meeting_page(request: Request, status: int = 200, **context: Any) -> Response:
    family = await _one_of_mine(request, str(request.path_params["contact_request"]))
    return form_page(request, "staff/contacts/meeting.html", status, family=family, **context)


async def record_meeting(request: Request) -> Response:
    """A family was met."""
    contact_request: UUID = request.path_params["contact_request"]
    fields = Fields(await posted(request))
    account = _account(fields)
    if account is None:
        return await _meeting_page(request, 422, form=fields.form, errors=fields.errors)
    sealed = seal_content(account, str(contact_request))
    command = RecordMeeting(contact_request=contact_request, account=sealed, actor=who(request).actor)
    asked = await tell(
        request, fields.form, command, "recorded_meeting", str(contact_request), settled_by=ReportChanged,
        values={"met": str(contact_request)}, about=[await _reference_of(request, str(contact_request))],
    )  # fmt: skip
    return see("/staff/families", asked)


def _account(fields: Fields) -> MeetingAccount | None:
    said = {
        "met_at": fields.moment("day", "clock"),
        "place": fields.text("place"),
        "people_met": fields.text("people_met", is_required=True, longest=400),
        "support_present": fields.form.has("support_present"),
        "decision": fields.text("decision", longest=2000),
        "open_questions": fields.text("open_questions", longest=2000),
    }
    return MeetingAccount.model_validate(said) if fields.are_right else None


async def _is_seen(request: Request, asked: Asked) -> bool:
    """An assignment shows in the list; a meeting takes the family off it."""
    mine = {family["contact_request"] for family in await _mine(request)}
    if asked.kind == "record_meeting":
        return asked.values.get("met") not in mine
    return asked.values.get("to") == str(who(request).staff) and asked.values.get("taken", "") in mine
