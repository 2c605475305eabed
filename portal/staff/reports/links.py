"""Proposed links between reports: the list, the reasons field by field, and the reviewer's decision."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import posted
from portal.staff.console import Asked, form_page, note, read, see, tell, told, who
from portal.staff.fields import Fields
from shared.messages.model import seal_content
from shared.messages.reports import DecideLink, Remark

DECISIONS = {
    "proposed": {"linked": "Yes, the same person", "rejected": "No, two persons"},
    "in_review": {"linked": "Yes, the same person", "rejected": "No, two persons"},
    "linked": {"undone": "Take the link back"},
    "rejected": {"undone": "Take the rejection back"},
    "undone": {"linked": "Yes, the same person", "rejected": "No, two persons"},
}
ALL_DECISIONS = {"linked", "rejected", "undone"}
STATES = {
    "proposed": "Proposed",
    "in_review": "Waits for a second person",
    "linked": "The same person",
    "rejected": "Two persons",
    "undone": "Taken back",
}
"""A pair's state, and what a decision made of it, by code."""
WHY_TWO = {
    "minor": "One of them was or is a child.",
    "declared_dead": "One of them was declared dead by a court or an office.",
    "sex_differs": "The reports differ in the sex.",
}
"""Why two people decide, by the code that the record gives."""


async def show_links(request: Request) -> Response:
    """Links to review, likeliest first, and those decided lately; without the pairs of the reviewer's own relatives."""
    await note(request, "listed_links", "links")
    asked = {"institution": who(request).institution}
    shown: dict[str, Any] = {
        "links": await read(request, "reports", "links_to_review", **asked),
        "decided": await read(request, "reports", "decided_links", **asked),
        "states": STATES,
    }
    return form_page(request, "staff/reports/links.html", **shown)


async def show_link(request: Request) -> Response:
    """One link with its reasons."""
    link = request.path_params["link"]
    await note(request, "looked_at_link", str(link))
    ended = await told(request, lambda asked: _is_seen(request, link, asked))
    return await _link_page(request, link, told=ended)


async def decide(request: Request) -> Response:
    """A decision was taken, with its reason."""
    link, member, fields = request.path_params["link"], who(request), Fields(await posted(request))
    decision = fields.choice("decision", ALL_DECISIONS)
    reason = fields.text("reason", is_required=True, longest=2000)
    if not fields.are_right:
        return await _link_page(request, link, 422, form=fields.form, errors=fields.errors)
    command = DecideLink.model_validate(
        {
            "link": link,
            "decision": decision,
            "actor": member.actor,
            "reason": seal_content(Remark(text=reason), str(link)),
        }
    )
    about = (await _read(request, link))["references"]  # nobody decides on what is not theirs to read
    asked = await tell(
        request,
        fields.form,
        command,
        f"link_{decision}",
        str(link),
        reason=reason,
        values={"decision": decision},
        about=about,
    )
    return see(f"/staff/links/{link}", asked)


async def _link_page(request: Request, link: UUID, status: int = 200, **context: Any) -> Response:
    found = await _read(request, link)
    shown = {
        "link": found,
        "decisions": {} if found["is_mine"] else DECISIONS.get(found["state"], {}),
        "states": STATES,
        "why_two": [WHY_TWO[each] for each in found["why_two"]],
        "path": f"/staff/links/{link}",
        "back": "/staff/links",
    }
    return form_page(request, "staff/reports/link.html", status, **shown, **context)


async def _read(request: Request, link: UUID) -> dict[str, Any]:
    member = who(request)
    return await read(
        request, "reports", "link", link=str(link), institution=member.institution, reviewer=str(member.staff)
    )


def is_decided(link: dict[str, Any], member: str, asked: Asked) -> bool:
    """Whether a decision has arrived: it is on record, or another took the same one a moment before."""
    on_record = any(d["by"] == member and asked.is_before(d["decided_at"]) for d in link["decisions"])
    return on_record or link["state"] == asked.values.get("decision")


async def _is_seen(request: Request, link: UUID, asked: Asked) -> bool:
    return is_decided(await _read(request, link), str(who(request).staff), asked)
