"""A report is sent, at the end of its steps or from one page: once; then its receipt, and the phone is confirmed."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal import audit, one_time_codes
from portal.at_hand import database_of, limits_of, settings_of
from portal.browsers import browser_of
from portal.cookies import cookie_of, delete_cookie, set_cookie
from portal.database import Cursor
from portal.family.answering import form_page, see
from portal.family.login import TRYING
from portal.family.own.reading import day_of
from portal.family.report import drafts
from portal.family.report.form import Written, read_report_form, report_of, wrong_in
from portal.family.status import CONSENT_TEXT
from portal.family.views import Errors, Institution, ReportForm
from portal.forms import Form, StaleForm, posted
from portal.institutions import institutions_to_share_with
from portal.limits import Limit, address_index, reference_index
from portal.one_time_codes import Receiver
from portal.outcomes import ask
from portal.references import allocate_reference
from portal.sessions import begin_session, hand_over
from shared.database import utc_now
from shared.messages.model import FamilyActor, seal_content
from shared.messages.reports import AcceptReport, ContactDetails, ReportAccepted, SetContact
from shared.messaging.outbox import publish_async
from shared.sealing import keys

RECEIPT = "sila_receipt"
RECEIPT_LIVES_S = 1800

REMEMBER = """
INSERT INTO idempotency_key (owner, key, body_hash, status, response, created_at)
VALUES ('families', %(key)s, %(browser)s, 201, %(response)s, %(at)s) ON CONFLICT DO NOTHING RETURNING key
"""
RECALL = """
SELECT response FROM idempotency_key WHERE owner = 'families' AND key = %(key)s AND body_hash = %(browser)s
"""
CONFIRMED = """
UPDATE idempotency_key SET response = response || '{"confirmed": true}'
WHERE owner = 'families' AND key = %(key)s AND body_hash = %(browser)s
"""


async def show_form(request: Request) -> Response:
    """An empty form, all on one page."""
    return await _form_page(request, ReportForm(language=request.state.lang), {}, str(uuid4()))


async def _form_page(request: Request, form: ReportForm, errors: Errors, request_id: str) -> Response:
    shown: dict[str, Any] = {
        "form": form,
        "errors": errors,
        "request_id": request_id,
        "institutions": await institutions_of(request),
        "at": "report/whole",
    }
    return form_page(request, "family/report/whole.html", 422 if errors else 200, **shown)


async def institutions_of(request: Request) -> list[Institution]:
    """The bodies that a report may be shared with, named in the page's language."""
    return await institutions_to_share_with(database_of(request), request.state.lang)


async def take_report(request: Request) -> Response:
    """A report was sent from one page: give it a reference and pass it on, once, however often it is sent."""
    try:
        form = await posted(request)
    except StaleForm as stale:
        return await _form_page(request, read_report_form(stale.form), {"given": "stale"}, str(uuid4()))
    request_id = str(request_id_in(form))
    written = read_report_form(form)
    if errors := wrong_in(written, utc_now().date()):
        return await _form_page(request, written, errors, request_id)
    if await _recall(request, request_id) is None:
        await count_report(request)
        return await _accept(request, request_id, await _report_of(request, written))
    return _receipt(request, request_id)


async def send_draft(request: Request) -> Response:
    """The draft was read once more and is sent: once, however often the button is pressed."""
    await posted(request)
    draft = await drafts.draft_of(request)
    if draft is None:  # sent before, or over
        return see(request, "report/received")
    if wrong_in(draft.form, utc_now().date()):
        return see(request, "report/check")
    report = await _report_of(request, draft.form)
    return await _accept(request, str(draft.request_id), report, draft.reference)


async def _report_of(request: Request, form: ReportForm) -> Written:
    institutions = {each.code for each in await institutions_of(request)}
    return report_of(form, request.state.lang, institutions, CONSENT_TEXT)


def request_id_in(form: Form) -> UUID:
    """By which a form that is sent again is known. Raises HTTPException 400."""
    try:
        return UUID(form["request_id"])
    except ValueError:
        raise HTTPException(400) from None


async def count_report(request: Request) -> None:
    """Count a report that is begun. Raises TooMany.

    Busy addresses share a budget of their own: one of them cannot use up that of the whole system.
    """
    limits = limits_of(request)
    if not await limits.count(Limit.REPORTS_BY_ADDRESS, address_index(request)):
        await limits.count(Limit.REPORTS_FROM_BUSY_ADDRESSES, "all")
    await limits.count(Limit.REPORTS_EVERYWHERE, "all")


def _receipt(request: Request, request_id: str, challenge: UUID | None = None) -> Response:
    response = see(request, "report/received")
    set_cookie(request, response, RECEIPT, request_id, RECEIPT_LIVES_S)
    if challenge:
        set_cookie(request, response, TRYING, str(challenge), settings_of(request).code_lifetime_s)
    return response


async def _accept(request: Request, request_id: str, report: Written, of_draft: str | None = None) -> Response:
    at, contact = utc_now(), _contact(report)
    is_texted = contact.phone_index is not None and await _may_be_texted(request, contact.phone_index)
    challenge = None
    async with database_of(request).transaction() as cursor:
        if of_draft and await drafts.draft_to_change(request, cursor) is None:
            return _receipt(request, request_id)  # sent twice at once: the other one has it
        reference = of_draft or await allocate_reference(cursor, settings_of(request).own_desk)
        if not await _remember(request, cursor, request_id, reference, contact, at):
            return _receipt(request, request_id)
        if of_draft:
            await drafts.empty(cursor, reference, at)
        await ask(cursor, _command(reference, report, contact), at, settled_by=ReportAccepted)
        await audit.append(cursor, at, "family", "reported", reference)
        if is_texted:
            challenge = await _send_code(request, cursor, reference, contact, at)
    return _receipt(request, request_id, challenge)


def _contact(report: Written) -> ContactDetails:
    reporter = report.content.reporter
    return ContactDetails(
        contact=uuid4(),
        phone=keys().seal_for_gateway(report.phone) if report.phone else None,
        phone_index=keys().phone_index(report.phone) if report.phone else None,
        language=reporter.language,
        channel=reporter.channel,
        detail=reporter.detail,
    )


async def _may_be_texted(request: Request, phone_index: str) -> bool:
    limits = limits_of(request)
    rooms = [
        await limits.has_room(Limit.CODES_FOR_UNVERIFIED_PHONE, phone_index),
        await limits.has_room(Limit.CODES_EVERYWHERE, "all"),
    ]
    return all(rooms)


async def _remember(
    request: Request, cursor: Cursor, request_id: str, reference: str, contact: ContactDetails, at: datetime
) -> bool:
    response = {"reference": reference, "phone_index": contact.phone_index, "at": at.isoformat()}
    row = {"key": request_id, "browser": _browser(request), "response": Jsonb(response), "at": at}
    await cursor.execute(REMEMBER, row)
    return await cursor.fetchone() is not None


def _browser(request: Request) -> bytes:
    return hashlib.sha256(browser_of(request).digest).digest()


def _command(reference: str, report: Written, contact: ContactDetails) -> AcceptReport:
    content = seal_content(report.content, reference)
    return AcceptReport(
        reference=reference, content=content, contact=contact, actor=FamilyActor(reference=reference), channel="web"
    )


async def _send_code(request: Request, cursor: Cursor, reference: str, contact: ContactDetails, at: datetime) -> UUID:
    # The gateway does not know this contact yet, so the code goes to the phone itself.
    receiver = Receiver(phone=contact.phone, language=contact.language)
    typed, lives_s = reference_index(reference), settings_of(request).code_lifetime_s
    return await one_time_codes.send_code(
        cursor, browser_of(request), typed, reference, contact.contact, receiver, at, lives_s
    )


async def show_receipt(request: Request) -> Response:
    """The reference, and the way to confirm the phone."""
    request_id = cookie_of(request, RECEIPT)
    received = await _recall(request, request_id)
    return _receipt_page(request, received, {}) if received else see(request, "report")


def _receipt_page(request: Request, received: dict[str, Any], errors: Errors) -> Response:
    shown = {
        "reference": received["reference"],
        "has_phone": received["phone_index"] is not None,
        "phone_confirmed": received.get("confirmed", False),
        "received_on": day_of(received["at"]),
        "errors": errors,
        "at": "report/received",
    }
    return form_page(request, "family/report/received.html", 422 if errors else 200, **shown)


async def _recall(request: Request, request_id: str) -> dict[str, Any] | None:
    row = await database_of(request).one(RECALL, {"key": request_id, "browser": _browser(request)})
    return row["response"] if row else None


async def confirm(request: Request) -> Response:
    """The code that the new report's phone was sent: whoever writes it has the phone."""
    form = await posted(request)
    await limits_of(request).count(Limit.TRIES_BY_ADDRESS, address_index(request))
    request_id = cookie_of(request, RECEIPT)
    received = await _recall(request, request_id)
    if received is None:
        return see(request, "report")
    token = await _confirm(request, form["code"], request_id, received)
    if token is None:
        return _receipt_page(request, received, {"code": "code"})
    response = see(request, "report/received")
    hand_over(request, response, token)
    delete_cookie(request, response, TRYING)
    return response


async def _confirm(request: Request, code: str, request_id: str, received: dict[str, Any]) -> str | None:
    try:
        challenge = UUID(cookie_of(request, TRYING))
    except ValueError:
        return None
    at, reference = utc_now(), received["reference"]
    async with database_of(request).transaction() as cursor:
        if await one_time_codes.try_code(cursor, challenge, browser_of(request), code, at) != reference:
            return None
        confirmed = SetContact(reference=reference, is_verified=True, actor=FamilyActor(reference=reference))
        await publish_async(cursor, confirmed, at=at)
        await cursor.execute(CONFIRMED, {"key": request_id, "browser": _browser(request)})
        await audit.append(cursor, at, "family", "confirmed_phone", reference)
        return await begin_session(cursor, reference, "code", at)
