"""A report in steps: each page is saved as it is sent; it can be left, and taken up again here or elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of, limits_of, settings_of
from portal.browsers import browser_of
from portal.family.answering import form_page, see
from portal.family.report import drafts
from portal.family.report.drafts import Draft
from portal.family.report.form import (
    MOST_RELATIVES,
    STEPS,
    read_form,
    step_of,
    wrong_in,
    wrong_in_relative,
    wrong_in_step,
)
from portal.family.report.sending import count_report, institutions_of, request_id_in
from portal.family.views import Errors, ReportForm
from portal.forms import Form, StaleForm, posted
from portal.limits import Limit, address_index, reference_index
from shared.database import utc_now
from shared.references import InvalidReference, parse_reference

ORDER = tuple(STEPS)


async def show_start(request: Request) -> Response:
    """What a report is, the consent that it needs, and a draft that waits here to be finished."""
    return _start_page(request, {}, has_draft=await drafts.draft_of(request) is not None)


def _start_page(request: Request, errors: Errors, *, has_draft: bool = False) -> Response:
    shown = {"errors": errors, "has_draft": has_draft, "request_id": str(uuid4()), "at": "report"}
    return form_page(request, "family/report/start.html", 422 if errors else 200, **shown)


async def begin(request: Request) -> Response:
    """The consent was given: begin a draft, and show its number and code."""
    try:
        form = await posted(request)
    except StaleForm:
        return _start_page(request, {"consent_keep": "consent"})
    if not form.has("consent_keep"):
        return _start_page(request, {"consent_keep": "consent"})
    await count_report(request)
    written = ReportForm(language=request.state.lang, consent_keep=True)
    return await _begun(request, request_id_in(form), written, "report/number")


async def _begun(request: Request, request_id: UUID, form: ReportForm, path: str) -> Response:
    token = await drafts.begin(request, request_id, form, settings_of(request).own_desk)
    response = see(request, path)
    drafts.hand_over(request, response, token)
    return response


async def show_number(request: Request) -> Response:
    """The number and code of the draft: with both it can be finished in another browser."""
    draft = await drafts.draft_of(request)
    if draft is None:
        return see(request, "report")
    shown: dict[str, Any] = {
        "reference": draft.reference,
        "code": draft.code_in(browser_of(request)),
        "first_step": ORDER[0],
        "at": "report/number",
    }
    return form_page(request, "family/report/number.html", **shown)


async def show_step(request: Request) -> Response:
    """One page of the report, with what was written so far."""
    draft = await drafts.draft_of(request)
    return await _step_page(request, draft.form, {}) if draft else see(request, "report")


async def _step_page(request: Request, form: ReportForm, errors: Errors, notice: str = "") -> Response:
    step = _step(request)
    shown: dict[str, Any] = {
        "form": form,
        "errors": errors,
        "notice": notice,
        "step": step,
        "steps": ORDER,
        "number": ORDER.index(step) + 1,
        "institutions": await institutions_of(request) if step == "consents" else [],
        "may_add": len(form.relatives) < MOST_RELATIVES,
        "request_id": str(uuid4()),
        "at": f"report/step/{step}",
    }
    return form_page(request, f"family/report/{step}.html", 422 if errors or notice else 200, **shown)


def _step(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in STEPS:
        raise HTTPException(404)
    return step


async def save_step(request: Request) -> Response:
    """A page was sent: what is right in it is kept, what is wrong is said beside it, and nothing is lost."""
    step, is_stale = _step(request), False
    try:
        form = await posted(request)
    except StaleForm as stale:
        form, is_stale = stale.form, True
    at = utc_now()
    async with database_of(request).transaction() as cursor:
        draft = await drafts.draft_to_change(request, cursor)
        written = read_form(form, STEPS[step], draft.form if draft else None)
        errors = _wrong(written, step)
        if draft and not errors and not is_stale:
            kept = _with_relative(written, form)
            await drafts.save(cursor, draft.reference, kept, at)
    if errors or is_stale:
        return await _step_page(request, written, errors, "stale" if is_stale else "")
    if draft is None:
        return await _begin_again(request, form, _with_relative(written, form), step)
    return see(request, _after(step, form))


def _wrong(written: ReportForm, step: str) -> Errors:
    if step == "relatives":
        return wrong_in_relative(written.relative)
    return wrong_in_step(written, step, utc_now().date())


def _with_relative(written: ReportForm, form: Form) -> ReportForm:
    """The form with the relative that was written among the others; sent again, it is the same one."""
    if written.relative is None or len(written.relatives) >= MOST_RELATIVES:
        return replace(written, relative=None)
    new = replace(written.relative, key=str(request_id_in(form)))
    others = tuple(each for each in written.relatives if each.key != new.key)
    return replace(written, relative=None, relatives=(*others, new))


async def _begin_again(request: Request, form: Form, written: ReportForm, step: str) -> Response:
    """The draft is over or was never here: what was written begins a new one, rather than being lost."""
    await count_report(request)
    return await _begun(request, request_id_in(form), replace(written, language=request.state.lang), _after(step, form))


def _after(step: str, form: Form) -> str:
    if step == "relatives" and form["next"] == "add":
        return "report/step/relatives"
    following = ORDER.index(step) + 1
    return f"report/step/{ORDER[following]}" if following < len(ORDER) else "report/check"


async def remove_relative(request: Request) -> Response:
    """Take a relative off the list again."""
    form = await posted(request)
    async with database_of(request).transaction() as cursor:
        draft = await drafts.draft_to_change(request, cursor)
        if draft:
            left = tuple(each for each in draft.form.relatives if each.key != form["key"])
            await drafts.save(cursor, draft.reference, replace(draft.form, relatives=left), utc_now())
    return see(request, "report/step/relatives" if draft else "report")


async def show_check(request: Request) -> Response:
    """All that was written, to be read once more before it is sent."""
    draft = await drafts.draft_of(request)
    return await check_page(request, draft) if draft else see(request, "report")


async def check_page(request: Request, draft: Draft) -> Response:
    """The page that reads everything back, with what is still missing and where."""
    wrong: Mapping[str, str] = wrong_in(draft.form, utc_now().date())
    shown: dict[str, Any] = {
        "form": draft.form,
        "reference": draft.reference,
        "missing": [(step_of(field), field, code) for field, code in wrong.items()],
        "institutions": [i.name for i in await institutions_of(request) if i.code in draft.form.consent_share],
        "at": "report/check",
    }
    return form_page(request, "family/report/check.html", 422 if wrong else 200, **shown)


async def show_resume(request: Request) -> Response:
    """The form that takes up a draft which was begun elsewhere."""
    return _resume_page(request, "", {})


def _resume_page(request: Request, reference: str, errors: Errors) -> Response:
    shown = {"reference": reference, "errors": errors, "at": "report/resume"}
    return form_page(request, "family/report/resume.html", 422 if errors else 200, **shown)


async def resume(request: Request) -> Response:
    """Go on with a draft, by its number and code. An unknown number and a wrong code are answered alike."""
    form = await posted(request)
    await limits_of(request).count(Limit.TRIES_BY_ADDRESS, address_index(request))
    try:
        reference = parse_reference(form["reference"])
    except InvalidReference:
        return _resume_page(request, form["reference"][:40], {"reference": "reference"})
    typed = reference_index(reference)
    await limits_of(request).count(Limit.PINS_BY_ADDRESS, f"{address_index(request)}:{typed}")
    await limits_of(request).count(Limit.PINS_FOR_CASE, typed)
    await limits_of(request).count(Limit.PINS_FOR_CASE_MONTHLY, typed)
    token = await drafts.resume(request, reference, form["code"])
    if token is None:
        return _resume_page(request, form["reference"][:40], {"code": "draft"})
    response = see(request, "report/check")
    drafts.hand_over(request, response, token)
    return response
