"""Pairs of reports whose institutions may not read each other's: the national link reviewers' alone.

The list names nobody. A pair is opened with a reason, which is on record, and decided by two where lives depend on it.
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import posted
from portal.staff.console import Asked, form_page, note, permit_in, permitted, read, see, tell, told, who
from portal.staff.entrance.permits import permit
from portal.staff.fields import Fields
from portal.staff.reports.links import ALL_DECISIONS, DECISIONS, STATES, WHY_TWO, is_decided
from shared.messages.model import seal_content
from shared.messages.reports import DecideLink, Remark

REASONS = ("I decide on the proposal", "I give the second decision", "A decision is to be taken back")


async def show_links(request: Request) -> Response:
    """What waits for a national reviewer, likeliest first: no name."""
    await note(request, "listed_national_links", "links")
    return await _list(request)


async def _list(request: Request, status: int = 200, **context: Any) -> Response:
    shown = {
        "links": await read(request, "reports", "links_for_national"),
        "decided": await read(request, "reports", "decided_links", institution=None),
        "states": STATES,
        "reasons": REASONS,
        "chosen": None,
    }
    return form_page(request, "staff/reports/national_links.html", status, **shown | context)


async def open_link(request: Request) -> Response:
    """One was chosen, with the reason to look at it."""
    fields = Fields(await posted(request))
    link, reason = fields.uuid("link"), fields.text("reason", is_required=True)
    if not fields.are_right:
        return await _list(request, 422, form=fields.form, errors=fields.errors, chosen=str(link))
    await _read(request, str(link))  # nobody gets a permit for what is not theirs to read
    return see(f"/staff/national-links/{permit_in(request, permit('link', str(link), reason))}")


async def show_link(request: Request) -> Response:
    """One pair with its reasons, field by field."""
    given = permitted(request, "link")
    await note(request, "looked_at_link", given.subject, given.reason)
    ended = await told(request, lambda asked: _is_seen(request, given.subject, asked))
    return await _page(request, given.subject, told=ended)


async def _page(request: Request, link: str, status: int = 200, **context: Any) -> Response:
    found = await _read(request, link)
    shown = {
        "link": found,
        "decisions": {} if found["is_mine"] else DECISIONS.get(found["state"], {}),
        "states": STATES,
        "why_two": [WHY_TWO[each] for each in found["why_two"]],
        "path": request.url.path,
        "back": "/staff/national-links",
    }
    return form_page(request, "staff/reports/link.html", status, **shown, **context)


async def decide(request: Request) -> Response:
    """A decision was taken, with its reason."""
    given, fields = permitted(request, "link"), Fields(await posted(request))
    decision = fields.choice("decision", ALL_DECISIONS)
    reason = fields.text("reason", is_required=True, longest=2000)
    if not fields.are_right:
        return await _page(request, given.subject, 422, form=fields.form, errors=fields.errors)
    command = DecideLink.model_validate(
        {
            "link": UUID(given.subject),
            "decision": decision,
            "actor": who(request).acting_as("link_reviewer"),
            "reason": seal_content(Remark(text=reason), given.subject),
        }
    )
    about = (await _read(request, given.subject))["references"]
    asked = await tell(
        request,
        fields.form,
        command,
        f"link_{decision}",
        given.subject,
        reason=reason,
        values={"decision": decision},
        about=about,
    )
    return see(request.url.path, asked)


async def _read(request: Request, link: str) -> dict[str, Any]:
    return await read(request, "reports", "link", link=link, institution=None, reviewer=str(who(request).staff))


async def _is_seen(request: Request, link: str, asked: Asked) -> bool:
    return is_decided(await _read(request, link), str(who(request).staff), asked)
