"""People of an institution, for its administrator and the national one.

They are invited, changed, disabled, reset and logged out here, and declared to have relatives on record.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.administration import relations, staff
from portal.administration.acting import By, Connection, NotThere
from portal.administration.institutions import InstitutionShown, find_institution, list_institutions
from portal.administration.staff import Account, Invitation
from portal.at_hand import settings_of
from portal.forms import Form, posted
from portal.staff import words
from portal.staff.administration.acting import administer, attempt, done, institution_asked
from portal.staff.console import form_page, see, wrong
from portal.staff.fields import Fields

STEPS: Final[dict[str, Callable[[Connection, By, UUID], Any]]] = {
    "disable": staff.disable,
    "enable": staff.enable,
    "end-sessions": staff.end_sessions,
    "reset": staff.reset,
}


async def show_people(request: Request) -> Response:
    """The accounts of an institution."""
    wanted = institution_asked(request)

    def read(db: Connection, by: By) -> dict[str, Any]:
        if not by.manages(wanted):
            raise NotThere(wanted)
        return {
            "institution": find_institution(db, wanted),
            "institutions": list_institutions(db) if by.is_national else [],
            "accounts": staff.list_accounts(db, wanted),
        }

    shown = await administer(request, read)
    return form_page(request, "staff/administration/people.html", **shown, role_names=words.ROLES)


async def show_invitation(request: Request) -> Response:
    """The form that invites somebody."""
    return form_page(request, "staff/administration/invite.html", **await _inviting(request))


async def _inviting(request: Request) -> dict[str, Any]:
    wanted = institution_asked(request)

    def read(db: Connection, by: By) -> dict[str, Any]:
        if not by.manages(wanted):
            raise NotThere(wanted)
        found = find_institution(db, wanted)
        return {"institution": found, "roles": _named(staff.roles_to_give(by, found.kinds))}

    return await administer(request, read)


async def invite(request: Request) -> Response:
    """An account is made; its one-time link is shown this once."""
    fields = Fields(await posted(request))
    email = fields.text("email", is_required=True, longest=254)
    name = fields.text("name", is_required=True, longest=100)
    shown = await _inviting(request)
    institution: InstitutionShown = shown["institution"]
    roles = fields.choices("roles", words.ROLES)
    made = await attempt(
        request, fields, lambda db, by: staff.invite(db, by, email, name, institution.institution, roles)
    )
    if made is None:
        return wrong(request, "staff/administration/invite.html", fields, **shown)
    return _link_page(request, made)


async def show_person(request: Request) -> Response:
    """One account: its roles, sessions and declared relations."""
    return await _person_page(request)


async def _person_page(request: Request, status: int = 200, **context: Any) -> Response:
    number: UUID = request.path_params["staff"]

    def read(db: Connection, by: By) -> dict[str, Any]:
        account = staff.find_account(db, by, number)
        return {
            "account": account,
            "may_change": staff.may_manage(by, account),
            "is_own": by.staff == account.staff,
            "roles": _named(staff.roles_to_give(by, account.kinds)),
            "sessions": staff.sessions_of(db, number),
            "relations": relations.relations_of(db, number),
        }

    shown = await administer(request, read)
    account: Account = shown["account"]
    now = Form([("name", account.name), *(("roles", role) for role in account.roles)])
    more = {"form": now, "told": done(request), "role_names": words.ROLES, "failed": "", **context}
    return form_page(request, "staff/administration/person.html", status, **shown, **more)


async def change(request: Request) -> Response:
    """Another name, other roles."""
    fields, number = Fields(await posted(request)), request.path_params["staff"]
    name, roles = fields.text("name", is_required=True, longest=100), fields.choices("roles", words.ROLES)

    def act(db: Connection, by: By) -> bool:
        staff.change(db, by, number, name, roles)
        return True

    if not await attempt(request, fields, act):
        return await _person_page(request, 422, form=fields.form, errors=fields.errors)
    return see(f"/staff/people/{number}?done=changed")


async def take_step(request: Request) -> Response:
    """Disable, enable, reset or log out, once the box is ticked."""
    fields, number, step = Fields(await posted(request)), request.path_params["staff"], request.path_params["step"]
    rule = STEPS.get(step)
    if rule is None:
        raise HTTPException(404)
    made = await attempt(request, fields, lambda db, by: (rule(db, by, number),), needs_sure=step != "enable")
    if made is None:
        return await _person_page(request, 422, errors=fields.errors, failed=step)
    if isinstance(made[0], Invitation):
        return _link_page(request, made[0])
    return see(f"/staff/people/{number}?done={step}")


async def declare(request: Request) -> Response:
    """A report is said to be about this member's relative."""
    fields, number = Fields(await posted(request)), request.path_params["staff"]
    reference = fields.reference("reference")

    def act(db: Connection, by: By) -> bool:
        relations.declare(db, by, number, reference)
        return True

    if not await attempt(request, fields, act):
        return await _person_page(request, 422, errors=fields.errors)
    return see(f"/staff/people/{number}?done=declared")


async def end_relation(request: Request) -> Response:
    """A declared relation of somebody else is ended."""
    fields, number, relation = Fields(await posted(request)), *(request.path_params[n] for n in ("staff", "relation"))

    def act(db: Connection, by: By) -> bool:
        relations.end(db, by, number, relation)
        return True

    if not await attempt(request, fields, act, needs_sure=True):
        return await _person_page(request, 422, errors=fields.errors, failed="relation")
    return see(f"/staff/people/{number}?done=relation-ended")


def _link_page(request: Request, made: Invitation) -> Response:
    link = f"{settings_of(request).base_url.rstrip('/')}/staff/welcome/{made.token}"
    shown: dict[str, Any] = {
        "link": link,
        "email": made.email,
        "until": made.expires_at,
        "path": f"/staff/people/{made.staff}",
    }
    return form_page(request, "staff/administration/link.html", **shown)


def _named(roles: frozenset[Any]) -> dict[str, str]:
    return {code: shown for code, shown in words.ROLES.items() if code in roles}
