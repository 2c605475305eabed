"""Match reports before two reviewers: the list, one report with its checks and a reason to look, the opinion.

What is read here stays on the page: no message, address or log line names it."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import posted
from portal.staff import words
from portal.staff.console import (
    Asked,
    form_page,
    note,
    permit_in,
    permitted,
    read,
    see,
    tell,
    told,
    who,
)
from portal.staff.entrance.permits import permit
from portal.staff.fields import Fields
from portal.staff.people import names_of
from shared.messages.matching import Opinion, Review
from shared.messages.model import seal_content

REASONS = ("I give the first opinion", "I give the second opinion", "I look again at what I reviewed")
DECISIONS = {"confirm": "Confirm", "reject": "Reject"}


async def show_reviews(request: Request) -> Response:
    """What waits for an opinion."""
    return await _list(request)


async def _list(request: Request, status: int = 200, **context: Any) -> Response:
    await note(request, "listed_reviews", "reviews")
    items = await read(request, "matching", "reviews_open", reviewer=str(who(request).staff))
    return form_page(request, "staff/contacts/reviews.html", status, items=items, reasons=REASONS, **context)


async def open_match(request: Request) -> Response:
    """A report was chosen, with a reason to look at it."""
    fields = Fields(await posted(request))
    item, reason = fields.uuid("item"), fields.text("reason", is_required=True)
    if not fields.are_right:
        return await _list(request, 422, form=fields.form, errors=fields.errors)
    await _read(request, str(item))  # nobody gets a permit for what is not theirs to read
    return see(f"/staff/matches/{permit_in(request, permit('match', str(item), reason))}")


async def show_match(request: Request) -> Response:
    """A match report with what the checks found and what was said of it."""
    given = permitted(request, "match")
    await note(request, "looked_at_review", given.subject, given.reason)
    ended = await told(request, lambda asked: _is_seen(request, given.subject, asked))
    return await _match_page(request, given.subject, told=ended)


async def give_opinion(request: Request) -> Response:
    """An opinion was given, with its reason."""
    given, fields = permitted(request, "match"), Fields(await posted(request))
    decision = fields.choice("decision", DECISIONS)
    reason = fields.text("opinion", is_required=True, longest=2000)
    if not fields.are_right:
        return await _match_page(request, given.subject, 422, form=fields.form, errors=fields.errors)
    opinion = Opinion.model_validate({"decision": decision, "reason": reason})
    command = Review(
        item=UUID(given.subject),
        opinion=seal_content(opinion, given.subject),
        actor=who(request).acting_as("match_reviewer"),
    )
    about = (await _read(request, given.subject))["references"]
    asked = await tell(request, fields.form, command, "reviewed", given.subject, about=about)
    return see(f"/staff/matches/{request.path_params['permit']}", asked)


async def _match_page(request: Request, item: str, status: int = 200, **context: Any) -> Response:
    match = await _read(request, item)
    people = await names_of(request, [review["reviewer"] for review in match["reviews"]])
    shown = {"match": match, "people": people, "findings": words.FINDINGS, "decisions": DECISIONS}
    states = {"sample_states": words.SAMPLE_STATES, "path": f"/staff/matches/{request.path_params['permit']}"}
    return form_page(request, "staff/contacts/match.html", status, **shown, **states, **context)


async def _read(request: Request, item: str) -> dict[str, Any]:
    return await read(request, "matching", "match", item=item, reviewer=str(who(request).staff))


async def _is_seen(request: Request, item: str, asked: Asked) -> bool:
    reviews = (await _read(request, item))["reviews"]
    return any(r["reviewer"] == str(who(request).staff) and asked.is_before(r["given_at"]) for r in reviews)
