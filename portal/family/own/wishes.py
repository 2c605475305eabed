"""How a family wants to be told, should there ever be something to tell: asked of every family alike."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.database import Database
from portal.family.answering import form_page, see
from portal.family.own.sent import carry_out, kept_form, sent
from portal.family.words import BY_WHOM, FURTHER, HANDED_OVER, WHEN
from portal.files import of_family
from portal.forms import Form
from portal.sealed_words import unsealed
from shared.messages.model import seal_content
from shared.messages.reports import FamilyWishes, SetWishes, WishesChanged

FORM = "wishes"
OF_FAMILY = "SELECT sealed_wishes FROM family_wishes WHERE reference = %(reference)s"
CHOICES: Mapping[str, Mapping[str, str]] = {
    "by": BY_WHOM,
    "when": WHEN,
    "further_remains": FURTHER,
    "burial_of_further": HANDED_OVER,
}
LONGEST = 200


async def wishes_of(database: Database, reference: str) -> FamilyWishes:
    """What a family wishes, as the record told last."""
    row = await database.one(OF_FAMILY, {"reference": reference})
    return unsealed(row["sealed_wishes"], FamilyWishes, f"wishes:{reference}") if row else FamilyWishes()


async def show_wishes(request: Request) -> Response:
    """The form, with what counts now; with what was written before a session was over, where there is such."""
    file = await of_family(request)
    if file is None:
        return see(request, "status")
    kept = await kept_form(database_of(request), file.reference, FORM)
    counting = await wishes_of(database_of(request), file.reference)
    return _page(request, _as_written(kept) if kept else counting.model_dump())


async def save_wishes(request: Request) -> Response:
    """What the family wishes from now on."""
    given = await sent(request, FORM)
    if given is None:
        return see(request, "status")
    written = _as_written(given.form)
    errors = {name: "choose" for name, words in CHOICES.items() if written[name] not in words}
    errors |= {name: "too_long" for name in ("tell", "where") if len(written[name]) > LONGEST}
    if errors or given.is_stale:
        return _page(request, written, errors, is_stale=given.is_stale)
    wishes = FamilyWishes.model_validate(written)
    command = SetWishes(
        reference=given.file.reference, wishes=seal_content(wishes, given.file.reference), actor=given.file.actor
    )
    return await carry_out(request, given, FORM, "set_wishes", [(command, WishesChanged)])


def _as_written(form: Form) -> dict[str, Any]:
    return {name: form[name] for name in ("tell", "where", *CHOICES)}


def _page(
    request: Request, wishes: Mapping[str, Any], errors: Mapping[str, str] | None = None, *, is_stale: bool = False
) -> Response:
    shown = {"wishes": wishes, "errors": errors or {}, "is_stale": is_stale, "request_id": str(uuid4())}
    status = 422 if errors or is_stale else 200
    return form_page(request, "family/own/wishes.html", status, **shown, at="status/wishes")
