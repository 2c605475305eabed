"""API keys of an institution, for its administrator and the national one: made, shown once, rotated, revoked."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.administration import keys
from portal.administration.acting import By, Connection, NotThere
from portal.administration.institutions import find_institution, list_institutions
from portal.administration.keys import DEFAULT_DAYS, MOST_DAYS, MOST_OVERLAP_DAYS
from portal.forms import Form, posted
from portal.institution_kinds import scopes_of
from portal.staff import words
from portal.staff.administration.acting import administer, attempt, done, institution_asked
from portal.staff.console import form_page, request_id_of, see, who
from portal.staff.fields import Fields

START = Form([("days", str(DEFAULT_DAYS))])


async def show_keys(request: Request) -> Response:
    """The keys of an institution, and the form that makes one."""
    return await _list(request)


async def _list(request: Request, status: int = 200, **context: Any) -> Response:
    wanted = institution_asked(request)

    def read(db: Connection, by: By) -> dict[str, Any]:
        if not by.manages(wanted):
            raise NotThere(wanted)
        found = find_institution(db, wanted)
        allowed = scopes_of(found.kinds)
        return {
            "institution": found,
            "institutions": list_institutions(db) if by.is_national else [],
            "keys": keys.list_keys(db, wanted),
            "scopes": {code: shown for code, shown in words.SCOPES.items() if code in allowed},
        }

    shown = {**await administer(request, read), "most_days": MOST_DAYS, "owner": who(request).email, "form": START}
    return form_page(request, "staff/administration/keys.html", status, **shown | context)


async def make(request: Request) -> Response:
    """A key is made and shown this once; the same form sent again makes none."""
    fields, wanted = Fields(await posted(request)), institution_asked(request)
    scopes = fields.choices("scopes", words.SCOPES)
    label = fields.text("label", is_required=True, longest=100)
    owner = fields.text("owner", is_required=True, longest=100)
    days = fields.whole("days", 1, MOST_DAYS) or DEFAULT_DAYS
    api_key = request_id_of(fields.form, "api_key")
    made = await attempt(
        request, fields, lambda db, by: keys.add_key(db, by, wanted, scopes, label, owner, days, api_key)
    )
    if made is None:
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    return _made_page(request, made)


async def show_key(request: Request) -> Response:
    """One key: everything but the key."""
    return await _key_page(request)


async def _key_page(request: Request, status: int = 200, **context: Any) -> Response:
    number: UUID = request.path_params["key"]
    found = await administer(request, lambda db, by: keys.find_key(db, by, number))
    shown: dict[str, Any] = {
        "key": found,
        "most_days": MOST_DAYS,
        "most_overlap_days": MOST_OVERLAP_DAYS,
        "scope_names": words.SCOPES,
    }
    more = {"form": START, "told": done(request), **context}
    return form_page(request, "staff/administration/key.html", status, **shown, **more)


async def revoke(request: Request) -> Response:
    """A key is revoked, once the box is ticked."""
    fields, number = Fields(await posted(request)), request.path_params["key"]

    def act(db: Connection, by: By) -> bool:
        keys.revoke_key(db, by, number)
        return True

    if not await attempt(request, fields, act, needs_sure=True):
        return await _key_page(request, 422, errors=fields.errors)
    return see(f"/staff/keys/{number}?done=revoked")


async def rotate(request: Request) -> Response:
    """A key is made in the place of another, and shown this once."""
    fields, number = Fields(await posted(request)), request.path_params["key"]
    days = fields.whole("days", 1, MOST_DAYS) or DEFAULT_DAYS
    overlap = fields.whole("overlap_days", 0, MOST_OVERLAP_DAYS) or 0
    made = await attempt(request, fields, lambda db, by: keys.rotate_key(db, by, number, days, overlap))
    if made is None:
        return await _key_page(request, 422, form=fields.form, errors=fields.errors)
    return _made_page(request, made)


def _made_page(request: Request, made: keys.KeyMade) -> Response:
    shown: dict[str, Any] = {"key": made.key, "until": made.expires_at, "path": f"/staff/keys/{made.api_key}"}
    return form_page(request, "staff/administration/new_key.html", **shown)
