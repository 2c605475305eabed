"""Institutions, for the national administrator: added, named, of other kinds, closed and opened again."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.administration import institutions
from portal.administration.acting import By, Connection
from portal.administration.institutions import InstitutionShown, find_institution, list_institutions
from portal.forms import Form, posted
from portal.institution_kinds import ROLES
from portal.staff import words
from portal.staff.administration.acting import administer, attempt, done
from portal.staff.console import form_page, see, who
from portal.staff.fields import Fields

LONGEST_CODE = 31


async def show_institutions(request: Request) -> Response:
    """Every institution, and the form that adds one."""
    return await _list(request)


async def _list(request: Request, status: int = 200, **context: Any) -> Response:
    found = await administer(request, lambda db, _: list_institutions(db))
    shown = {"institutions": found, "kinds": words.KINDS, "roles_of": _roles_of(), **context}
    return form_page(request, "staff/administration/institutions.html", status, **shown)


async def add(request: Request) -> Response:
    """An institution is added; one that is there stays as it is."""
    fields = Fields(await posted(request))
    code = fields.text("institution", is_required=True, longest=LONGEST_CODE)
    name, kinds = _written(fields)

    def act(db: Connection, by: By) -> bool:
        institutions.add_institution(db, by, code, name, kinds)
        return True

    if not await _attempt(request, fields, act):
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    return see(f"/staff/institutions/{code}?done=added")


async def show_institution(request: Request) -> Response:
    """One institution."""
    return await _institution_page(request)


async def _institution_page(request: Request, status: int = 200, **context: Any) -> Response:
    code = request.path_params["institution"]
    found: InstitutionShown = await administer(request, lambda db, _: find_institution(db, code))
    now = Form([*((f"name.{lang}", text) for lang, text in found.name.items()), *(("kinds", k) for k in found.kinds)])
    shown = {
        "institution": found,
        "kinds": words.KINDS,
        "roles_of": _roles_of(),
        "is_own": who(request).institution == code,
    }
    more = {"form": now, "told": done(request), **context}
    return form_page(request, "staff/administration/institution.html", status, **shown, **more)


async def change(request: Request) -> Response:
    """Other names or kinds."""
    fields, code = Fields(await posted(request)), request.path_params["institution"]
    name, kinds = _written(fields)

    def act(db: Connection, by: By) -> bool:
        institutions.change_institution(db, by, code, name, kinds)
        return True

    if not await _attempt(request, fields, act):
        return await _institution_page(request, 422, form=fields.form, errors=fields.errors)
    return see(f"/staff/institutions/{code}?done=institution-changed")


async def take_step(request: Request) -> Response:
    """Close it, once the box is ticked, or open it again."""
    fields, code, step = Fields(await posted(request)), request.path_params["institution"], request.path_params["step"]
    rule = {"close": institutions.close_institution, "reopen": institutions.reopen_institution}.get(step)
    if rule is None:
        raise HTTPException(404)
    noted_by = who(request).acting_as("administrator")

    def act(db: Connection, by: By) -> bool:
        rule(db, by, code, noted_by)
        return True

    if not await attempt(request, fields, act, needs_sure=step == "close"):
        return await _institution_page(request, 422, errors=fields.errors)
    return see(f"/staff/institutions/{code}?done={step}")


async def _attempt(request: Request, fields: Fields, act: Any) -> bool:
    is_done = await attempt(request, fields, act) is not None
    if "name" in fields.errors:
        fields.errors["name.ar"] = fields.errors.pop("name")
    return is_done


def _written(fields: Fields) -> tuple[dict[str, str], list[str]]:
    return {**fields.local_text("name")}, fields.choices("kinds", words.KINDS)


def _roles_of() -> dict[str, str]:
    """What staff of each kind may be, in words."""
    return {kind.value: ", ".join(words.ROLES[role] for role in words.ROLES if role in ROLES[kind]) for kind in ROLES}
