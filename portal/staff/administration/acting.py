"""How the pages of administrators reach the rules: as whom, in a transaction, and how what was done is said."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal import accounts
from portal.accounts import Role
from portal.administration.acting import By, Connection, NotThere, Rejected
from portal.at_hand import settings_of
from portal.staff.console import Told, who
from portal.staff.fields import Fields
from shared.settings import Settings

DONE: Final = {
    "changed": "The account was changed. Other roles have logged it out.",
    "disable": "The account is disabled and logged out everywhere.",
    "enable": "The account is open again.",
    "end-sessions": "The account is logged out everywhere.",
    "declared": "The relation is declared. The file is refused from now on.",
    "relation-ended": "The relation is ended.",
    "revoked": "The key is revoked. Its next call is refused.",
    "added": "The institution was added.",
    "institution-changed": "The institution was changed. Other kinds have logged its people out.",
    "close": "The institution is closed. Its people are logged out and its keys refused.",
    "reopen": "The institution is open again.",
}
"""What each act did, by the word that the page's address carries on."""
Done = TypeVar("Done")


async def administer(request: Request, act: Callable[[Connection, By], Done]) -> Done:
    """Carry an act or a read out as whoever asks. Raises Rejected, and HTTPException 404 for what is not theirs."""
    member = who(request)
    by = By(member.staff, member.institution, Role.NATIONAL_ADMIN in member.roles)
    try:
        return await asyncio.to_thread(_in_transaction, settings_of(request), by, act)
    except NotThere:
        raise HTTPException(404) from None


def _in_transaction(settings: Settings, by: By, act: Callable[[Connection, By], Done]) -> Done:
    with accounts.connect(settings) as db:
        db.execute("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10s'")
        return act(db, by)


async def attempt(
    request: Request, fields: Fields, act: Callable[[Connection, By], Done], *, needs_sure: bool = False
) -> Done | None:
    """Carry an act out unless the form is wrong; None where it is, or the act was rejected: `fields` says why."""
    if needs_sure and not fields.form.has("sure"):
        fields.wrong("sure", "Please tick the box.")
    if not fields.are_right:
        return None
    try:
        return await administer(request, act)
    except Rejected as rejected:
        fields.wrong(rejected.field, rejected.words)
        return None


def institution_asked(request: Request) -> str:
    """Whose people or keys are asked for: the own institution's, where the address names none."""
    return request.query_params.get("institution", "")[:40] or who(request).institution


def done(request: Request) -> Told | None:
    """What was done last, as the page's address says."""
    words = DONE.get(request.query_params.get("done", ""))
    return Told("done", words) if words else None
