"""The one-time link of an invitation or reset: its member sets a password and enrols an authenticator.

The link works until both are done, once, and for 72 hours. One that is over, void or invented is answered alike.
Looking at it changes nothing, so that a messenger's preview does not use it up.
"""

import asyncio
from datetime import datetime

from pyotp.totp import TOTP
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal import audit
from portal.accounts import password_hasher, unseal_totp_secret
from portal.administration.staff import invitation_digest
from portal.at_hand import database_of, limits_of
from portal.database import Row
from portal.forms import posted
from portal.limits import Limit, address_index
from portal.staff.console import form_page
from portal.staff.entrance import devices
from portal.staff.entrance.new_passwords import problem_with
from portal.staff.entrance.passwords import account_index, step_of
from portal.staff.entrance.sessions import begin_session, forget_session, hand_over
from shared.database import utc_now

TEMPLATE = "staff/entrance/welcome.html"
WRONG_CODE = "This code does not fit. Scan the picture again, and write the code that your authenticator shows now."
NOT_THE_SAME = "The two passwords are not the same."

INVITED = """
SELECT v.sealed_totp_secret, s.staff, s.email, s.name, s.institution
FROM staff_invitation v JOIN staff s USING (staff) JOIN institution i USING (institution)
WHERE v.token_digest = %(digest)s AND v.expires_at > %(at)s AND s.is_active AND i.is_active
"""
# The account is locked before its invitation, in the order of whoever resets or disables it at the same moment.
LOCK = "SELECT 1 AS yes FROM staff WHERE staff = %(staff)s AND is_active FOR UPDATE"
USE = (
    "DELETE FROM staff_invitation WHERE token_digest = %(digest)s AND expires_at > %(at)s RETURNING sealed_totp_secret"
)
ENROL = """
UPDATE staff SET password_hash = %(password_hash)s, sealed_totp_secret = %(secret)s, last_totp_step = %(step)s
WHERE staff = %(staff)s
"""
END_SESSIONS = "DELETE FROM staff_session WHERE staff = %(staff)s"


async def show(request: Request) -> Response:
    """What is to be set, with the picture that an authenticator scans. Raises HTTPException 404."""
    return _page(request, await _invited(request, utc_now()))


async def enrol(request: Request) -> Response:
    """A password and a first code were written: the account is its member's from now on. Raises HTTPException 404."""
    form, at = await posted(request), utc_now()
    invited = await _invited(request, at)
    link = invitation_digest(request.path_params["token"]).hex()
    await limits_of(request).count(Limit.STAFF_TRIES_FOR_ACCOUNT, link)
    errors = dict[str, str]()
    password = form["password"]
    if problem := problem_with(password, invited["email"]):
        errors["password"] = problem
    elif form["again"] != password:
        errors["again"] = NOT_THE_SAME
    step = step_of(unseal_totp_secret(invited["staff"], invited["sealed_totp_secret"]), form["code"], at)
    if step is None:
        errors["code"] = WRONG_CODE
    if errors or step is None:
        return _page(request, invited, 422, errors=errors)
    token = await _carry_out(request, invited, password, step, at)
    response = RedirectResponse("/staff/", 303, headers={"cache-control": "no-store"})
    hand_over(request, response, token)
    await devices.remember(request, response, account_index(invited["email"]))
    return response


async def _invited(request: Request, at: datetime) -> Row:
    digest = invitation_digest(request.path_params["token"])
    row = await database_of(request).one(INVITED, {"digest": digest, "at": at})
    if row is None:
        await limits_of(request).count(Limit.STAFF_TRIES_BY_ADDRESS, address_index(request))
        raise HTTPException(404)
    return row


async def _carry_out(request: Request, invited: Row, password: str, step: int, at: datetime) -> str:
    """Returns the token of the session that begins. Raises HTTPException 404 where the link was used meanwhile."""
    staff, password_hash = invited["staff"], await asyncio.to_thread(password_hasher.hash, password)
    async with database_of(request).transaction() as cursor:
        await cursor.execute(LOCK, {"staff": staff})
        is_active = await cursor.fetchone() is not None
        used = {"digest": invitation_digest(request.path_params["token"]), "at": at}
        await cursor.execute(USE, used)
        row = await cursor.fetchone()
        if row is None or not is_active:
            raise HTTPException(404)
        given = {"staff": staff, "password_hash": password_hash, "secret": row["sealed_totp_secret"], "step": step}
        await cursor.execute(ENROL, given)
        await cursor.execute(END_SESSIONS, {"staff": staff})
        await forget_session(cursor, request)
        who = {"actor": staff, "institution": invited["institution"]}
        await audit.append(cursor, at, "staff", "enrolled", str(staff), **who)
        await audit.append(cursor, at, "staff", "logged_in", str(staff), **who)
        return await begin_session(cursor, staff, at, has_totp=True)


def _page(request: Request, invited: Row, status: int = 200, **context: dict[str, str]) -> Response:
    # Imported late: only this page draws one.
    import segno

    secret = unseal_totp_secret(invited["staff"], invited["sealed_totp_secret"])
    address = TOTP(secret).provisioning_uri(name=invited["email"], issuer_name="Sila")
    shown = {
        "path": request.url.path,
        "email": invited["email"],
        "name": invited["name"],
        "picture": segno.make(address, error="m").svg_inline(scale=5, border=4, svgclass="qr"),
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    }
    return form_page(request, TEMPLATE, status, **shown, **context)
