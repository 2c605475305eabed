"""Whom a family lets see its report and what for: each given and taken back by itself, and the report as a whole."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.family.answering import form_page, see
from portal.family.own.sent import carry_out, sent
from portal.family.status import CONSENT_TEXT
from portal.family.views import Institution
from portal.files import FamilyFile, of_family
from portal.forms import Form
from portal.institutions import institutions_to_share_with
from shared.messages.model import Command, Event, Language
from shared.messages.reports import ConsentPurpose, ReportChanged, SetConsent, WithdrawReport

BY_ITSELF: Final[tuple[ConsentPurpose, ...]] = ("compare_abroad", "use_in_proceedings", "publish")
WAYS: Final = ("sms", "call")


async def show_consents(request: Request) -> Response:
    """What the family agreed to, to be changed."""
    file = await of_family(request)
    return await _page(request, file, _counting(file)) if file else see(request, "status")


def _counting(file: FamilyFile) -> frozenset[str]:
    """What counts now, as the boxes of the form are named."""
    return frozenset((
        *(f"share:{code}" for code in file.consent_share),
        *(f"contact:{way}" for way in file.consent_contact),
        *file.consent_also,
    ))  # fmt: skip


async def _page(request: Request, file: FamilyFile, ticked: frozenset[str], *, is_stale: bool = False) -> Response:
    shown: dict[str, Any] = {
        "institutions": await _others(request, file),
        "ticked": ticked,
        "is_stale": is_stale,
        "request_id": str(uuid4()),
        "at": "status/consents",
    }
    return form_page(request, "family/own/consents.html", 422 if is_stale else 200, **shown)


async def _others(request: Request, file: FamilyFile) -> list[Institution]:
    everybody = await institutions_to_share_with(database_of(request), request.state.lang)
    return [each for each in everybody if each.code != file.institution]


async def save_consents(request: Request) -> Response:
    """Tell each consent that was given or taken back, and no other."""
    given = await sent(request, "consents")
    if given is None:
        return see(request, "status")
    ticked = await _ticked(request, given.file, given.form)
    if given.is_stale or ticked != frozenset(given.form.all("consent")):  # an institution closed meanwhile
        return await _page(request, given.file, ticked, is_stale=True)
    commands = [_with_event(each) for each in _changes(given.file, ticked, request.state.lang)]
    return await carry_out(request, given, "consents", "set_consents", commands)


async def _ticked(request: Request, file: FamilyFile, form: Form) -> frozenset[str]:
    others = {each.code for each in await _others(request, file)} | set(file.consent_share)
    allowed = {*(f"share:{code}" for code in others), *(f"contact:{way}" for way in WAYS), *BY_ITSELF}
    return frozenset(form.all("consent")) & allowed


def _changes(file: FamilyFile, ticked: frozenset[str], lang: Language) -> Iterable[SetConsent]:
    before = _counting(file)
    for word in sorted(before ^ ticked):
        purpose, _, recipient = word.partition(":")
        yield SetConsent.model_validate(
            {
                "actor": file.actor,
                "reference": file.reference,
                "purpose": purpose,
                "recipient": recipient or None,
                "is_given": word in ticked,
                "text_version": CONSENT_TEXT,
                "language": lang,
            }
        )


def _with_event(command: Command) -> tuple[Command, type[Event]]:
    return command, ReportChanged


async def show_closing(request: Request) -> Response:
    """What it means to close a report, and the button that does it."""
    file = await of_family(request)
    return _closing_page(request) if file else see(request, "status")


def _closing_page(request: Request, errors: dict[str, str] | None = None) -> Response:
    shown = {"errors": errors or {}, "request_id": str(uuid4()), "at": "status/close"}
    return form_page(request, "family/own/close.html", 422 if errors else 200, **shown)


async def close(request: Request) -> Response:
    """The family takes its report back."""
    given = await sent(request, "close")
    if given is None:
        return see(request, "status")
    if given.is_stale or not given.form.has("sure"):
        return _closing_page(request, {"sure": "sure"})
    command = WithdrawReport(reference=given.file.reference, actor=given.file.actor)
    return await carry_out(request, given, "close", "withdrew", [_with_event(command)])
