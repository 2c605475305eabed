"""The call desk: whoever calls is found by reference, verified, and helped.

The page is the same for a routine contact and a grave one: the desk is not told the occasion."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import desk_verifications
from portal.at_hand import database_of
from portal.database import Cursor
from portal.desk_verifications import Desk
from portal.forms import posted
from portal.pins import make_pin
from portal.staff import words
from portal.staff.console import (
    form_page,
    note,
    permit_in,
    permitted,
    read,
    record,
    refuse_own_relative,
    see,
    tell,
    told,
    who,
    wrong,
)
from portal.staff.contacts.concerns import KINDS
from portal.staff.contacts.wishes import WISHES
from portal.staff.entrance.permits import Permit, permit, verified
from portal.staff.entrance.sessions import Member
from portal.staff.fields import Fields
from portal.staff.people import names_of
from portal.staff.reports.changing import contact_command, tell_contact
from portal.staff.reports.finding import find_file, is_responsible, note_in_vain, read_file
from shared.database import utc_now
from shared.messages.gateway import Send, Template
from shared.messages.matching import PlanContact
from shared.messaging.outbox import publish_async
from shared.phones import mask_phone

REASONS = ("The family calls", "I call the family back")
CHECKS = {
    "person": "They named the missing person",
    "mother": "They named the missing person's mother",
    "birth": "They knew the year or place of birth",
    "reporter": "They said who reported, and how they are related",
    "number": "I called them on the registered number",
}
ENOUGH_CHECKS = 2
NOT_RESPONSIBLE = "There is no report with this reference that your institution is responsible for."


async def show_finder(request: Request) -> Response:
    """The form that finds the caller's file."""
    return form_page(request, "staff/contacts/desk.html", reasons=REASONS)


async def find(request: Request) -> Response:
    """A reference was read out."""
    fields = Fields(await posted(request))
    reference, reason = fields.reference("reference"), fields.text("reason", is_required=True)
    if not fields.are_right:
        return wrong(request, "staff/contacts/desk.html", fields, reasons=REASONS)
    file = await find_file(request, reference, reason)
    if file is not None and not is_responsible(request, file):
        await note_in_vain(request, reference, reason)
    if file is None or not is_responsible(request, file):
        fields.wrong("reference", NOT_RESPONSIBLE)
        return wrong(request, "staff/contacts/desk.html", fields, reasons=REASONS)
    return see(caller_path(request, permit("caller", reference, reason)))


async def show_caller(request: Request) -> Response:
    """First what to ask the caller, then, once they proved to be the family, what to do."""
    given = permitted(request, "caller")
    await note(request, "answered_call", given.subject, given.reason)
    return await caller_page(request, given, told=await told(request))


async def caller_page(request: Request, given: Permit, status: int = 200, **context: Any) -> Response:
    """The caller's page."""
    file = await read_file(request, given.subject)
    if not is_responsible(request, file):
        raise HTTPException(404)
    shown: dict[str, Any] = {"file": file, "path": caller_path(request, given), "is_verified": given.is_verified}
    if given.is_verified:
        shown |= await _what_to_do(request, given.subject)
    phone = file["contact"]["phone"]
    shown |= {"masked": mask_phone(phone) if phone else None, "checks": CHECKS, "answers": _answers(file)}
    return form_page(request, "staff/contacts/caller.html", status, **shown, **context)


async def _what_to_do(request: Request, reference: str) -> dict[str, Any]:
    desk = await read(request, "matching", "call_desk", reference=reference, institution=who(request).institution)
    people = await names_of(request, [desk["case_manager"]])
    return {
        **WISHES,
        "kinds": KINDS,
        "to_do": words.WHAT_TO_DO.get(desk["what_to_do"], words.WHAT_TO_DO["none"]),
        "contact_person": people.get(desk["case_manager"] or ""),
    }


def _answers(file: dict[str, Any]) -> dict[str, list[str]]:
    """What the right answers are, by the check that they belong to."""
    person, names = file["person"], file["person"]["names"]
    reporters = [p for p in file["relatives"] if p["role"] == "reporter"]
    return {
        "person": [n["raw"] for n in names if n["whose"] == "own"],
        "mother": [n["raw"] for n in names if n["whose"] == "mother"],
        "birth": [str(d["year"]) for d in person["dates"] if d["what"] == "birth" and d["year"]]
        + [s["value"] for s in person["statements"] if s["field"] == "birthplace"],
        "reporter": [n["raw"] for p in reporters for n in p["names"]]
        + [p["relation"].replace("_", " ") for p in reporters if p["relation"]],
    }


async def verify(request: Request) -> Response:
    """The caller gave enough right answers."""
    given, fields = permitted(request, "caller"), Fields(await posted(request))
    checks = fields.choices("checks", CHECKS)
    if len(checks) < ENOUGH_CHECKS:
        wrong_now = {"checks": f"At least {ENOUGH_CHECKS} right answers are needed."}
        return await caller_page(request, given, 422, form=fields.form, errors=wrong_now)
    if not is_responsible(request, await read_file(request, given.subject)):
        raise HTTPException(404)
    at, member = utc_now(), who(request)
    async with database_of(request).transaction() as cursor:
        await desk_verifications.remember(cursor, desk_of(member), given.subject, checks, at)
        await record(cursor, member, at, "verified_caller", given.subject, ", ".join(checks))
    return see(caller_path(request, verified(given)))


async def new_pin(request: Request) -> Response:
    """A new PIN, shown this once, while the caller was verified shortly before; the family's phone is told."""
    given = await _verified(request)
    at, member = utc_now(), who(request)
    async with database_of(request).transaction() as cursor:
        if await desk_verifications.fresh(cursor, desk_of(member), given.subject, at) is None:
            return await verify_again(request, given)
        pin = await make_pin(cursor, given.subject, at)
        await _tell_of_pin(cursor, given.subject, at)
        await record(cursor, member, at, "made_pin", given.subject)
    return form_page(request, "staff/contacts/pin.html", pin=pin, path=caller_path(request, given))


CONTACT_WITH_PHONE = """
SELECT f.contact FROM family_file f JOIN contact c ON c.contact = f.contact
WHERE f.reference = %(reference)s AND c.is_verified AND c.sealed_phone IS NOT NULL
"""
PIN_TEXT_LIVES = timedelta(hours=48)


async def _tell_of_pin(cursor: Cursor, reference: str, at: datetime) -> None:
    await cursor.execute(CONTACT_WITH_PHONE, {"reference": reference})
    if row := await cursor.fetchone():
        text = Send(
            text=uuid4(),
            contact=row["contact"],
            template=Template.PIN_MADE,
            text_class="case",
            not_after=at + PIN_TEXT_LIVES,
        )
        await publish_async(cursor, text, at=at)


async def verify_again(request: Request, given: Permit) -> Response:
    """The checks are too long ago: the caller is asked again."""
    asked_again = {"checks": "Half an hour is over since you made sure who calls. Please ask again."}
    return await caller_page(request, replace(given, is_verified=False), 422, errors=asked_again)


def desk_of(member: Member) -> Desk:
    """The desk at which a member of staff acts."""
    return Desk(member.staff, member.institution)


async def verify_phone(request: Request) -> Response:
    """The number on file is the caller's, or a new one is, and counts from now on."""
    given = permitted(request, "caller")
    fields = Fields(await posted(request))
    if not given.is_verified:
        raise HTTPException(403)
    async with database_of(request).transaction() as cursor:
        verification = await desk_verifications.fresh(cursor, desk_of(who(request)), given.subject, utc_now())
    if verification is None:
        return await verify_again(request, given)
    command = contact_command(request, given.subject, fields, verification)
    if not fields.are_right or not command.is_verified:
        fields.wrong("phone_verified", "Please say that the number was verified.")
        return await caller_page(request, given, 422, form=fields.form, errors=fields.errors)
    return see(caller_path(request, given), await tell_contact(request, fields.form, command))


async def plan_contact(request: Request) -> Response:
    """Have the family asked to get in touch, with one of the next rounds, as every family is."""
    given = permitted(request, "caller")
    form = await posted(request)
    if not given.is_verified:
        raise HTTPException(403)
    command = PlanContact(reference=given.subject, actor=who(request).actor)
    return see(caller_path(request, given), await tell(request, form, command, "planned_contact", given.subject))


async def _verified(request: Request) -> Permit:
    given = permitted(request, "caller")
    await posted(request)
    if not given.is_verified:
        raise HTTPException(403)
    await refuse_own_relative(request, given.subject)
    return given


def caller_path(request: Request, given: Permit) -> str:
    """The address of the caller's page."""
    return f"/staff/desk/caller/{permit_in(request, given)}"
