"""The way in: address and password, then a one-time password; each step a new session, each try on record.

Unknown addresses and wrong passwords are answered alike, by like work."""

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal import audit
from portal.at_hand import database_of
from portal.database import Cursor
from portal.forms import posted
from portal.metrics import note_log_in
from portal.staff.console import form_page
from portal.staff.entrance import devices
from portal.staff.entrance.passwords import Account, account_index, by_password, secret_of, step_of, use_step
from portal.staff.entrance.sessions import (
    Member,
    begin_session,
    forget_session,
    hand_over,
    member_of,
    take_away,
)
from shared.database import utc_now

WRONG = "The address or the password is not right."
WRONG_CODE = "This one-time password does not fit, or was used already. Wait for the next one and write that."
HOME, PASSWORD, CODE = "/staff/", "/staff/log-in", "/staff/log-in/code"


async def ask_password(request: Request) -> Response:
    """The page that asks for address and password."""
    member = await member_of(request)
    if member and member.has_totp:
        return _see(HOME)
    return form_page(request, "staff/entrance/password.html")


async def take_password(request: Request) -> Response:
    """Address and password were written."""
    form = await posted(request)
    await devices.count_try(request, account_index(form["email"]))
    account = await by_password(database_of(request), form["email"], form["password"])
    token = await _after_password(request, account)
    note_log_in("staff", "password", is_right=token is not None)
    if token is None:
        await devices.count_failure(request, account_index(form["email"]))
        return form_page(request, "staff/entrance/password.html", 422, errors={"email": WRONG})
    response = _see(CODE)
    hand_over(request, response, token)
    return response


async def _after_password(request: Request, account: Account | None) -> str | None:
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        await forget_session(cursor, request)
        if account is None:
            await audit.append(cursor, at, "staff", "log_in_failed", "password")
            return None
        await _note(cursor, at, "gave_password", account.staff, account.institution)
        return await begin_session(cursor, account.staff, at, has_totp=False)


async def ask_code(request: Request) -> Response:
    """The page that asks for the one-time password."""
    member = await member_of(request)
    if member is None or member.has_totp:
        return _see(HOME if member else PASSWORD)
    return form_page(request, "staff/entrance/code.html")


async def take_code(request: Request) -> Response:
    """A one-time password was written."""
    form = await posted(request)
    member = await member_of(request)
    if member is None or member.has_totp:
        return _see(HOME if member else PASSWORD)
    account = account_index(member.email)
    await devices.count_try(request, account)
    token = await _enter(request, member, form["code"])
    note_log_in("staff", "totp", is_right=token is not None)
    if token is None:
        await devices.count_failure(request, account)
        return form_page(request, "staff/entrance/code.html", 422, errors={"code": WRONG_CODE})
    response = _see(HOME)
    hand_over(request, response, token)
    await devices.remember(request, response, account)
    return response


async def _enter(request: Request, member: Member, code: str) -> str | None:
    at = utc_now()
    secret = await secret_of(database_of(request), member.staff)
    step = step_of(secret, code, at) if secret else None
    async with database_of(request).transaction() as cursor:
        if step is None or not await use_step(cursor, member.staff, step):
            await _note(cursor, at, "log_in_failed", member.staff, member.institution, "code")
            return None
        await forget_session(cursor, request)
        await _note(cursor, at, "logged_in", member.staff, member.institution)
        return await begin_session(cursor, member.staff, at, has_totp=True)


async def log_out(request: Request) -> Response:
    """End the session, here and there."""
    await posted(request)
    async with database_of(request).transaction() as cursor:
        staff = await forget_session(cursor, request)
        if staff:
            await _note(cursor, utc_now(), "logged_out", staff, None)
    response = _see(PASSWORD)
    take_away(request, response)
    return response


async def _note(
    cursor: Cursor, at: datetime, action: str, staff: UUID, institution: str | None, subject: str = ""
) -> None:
    await audit.append(cursor, at, "staff", action, subject or str(staff), actor=staff, institution=institution)


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, headers={"cache-control": "no-store"})
