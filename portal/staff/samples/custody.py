"""Custody: samples go from hand to hand by scanning; each link follows the one before, and none is ever changed."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import Form, posted
from portal.languages import local_time
from portal.local_text import in_language
from portal.staff.console import Asked, form_page, note, read, see, tell, told, who
from portal.staff.fields import BAGHDAD, Fields
from portal.staff.samples.registering import by_barcode, refuse_own_samples
from shared.database import utc_now
from shared.messages.appointments import RecordCustody

STEPS: Final = {"handed_over": "Handed over to", "received": "Received by", "destroyed": "Destroyed by"}
HOLDERS: Final = {"courier": "Courier", "laboratory": "Laboratory", "site": "Site", "store": "Store"}
INSTITUTIONS: Final = "SELECT institution, name FROM institution WHERE is_active ORDER BY institution"
KEPT = ("step", "holder", "site", "recipient")


async def show_form(request: Request) -> Response:
    """The form for the next scan."""
    ended = await told(request, lambda asked: _is_recorded(request, asked))
    return await _page(request, told=ended)


async def _page(request: Request, status: int = 200, **context: Any) -> Response:
    sites = {site["id"]: site for site in await read(request, "appointments", "sites")}
    names = {key: site["name"].get("en") or next(iter(site["name"].values()), "") for key, site in sites.items()}
    now = local_time(utc_now(), BAGHDAD)
    start = [("day", f"{now:%Y-%m-%d}"), ("clock", f"{now:%H:%M}")]
    start += [(name, request.query_params.get(name, "")) for name in KEPT]
    choices = {"steps": STEPS, "holders": HOLDERS, "sites": names, "institutions": await _institutions(request)}
    shown = {**choices, "form": Form(start), **context}
    return form_page(request, "staff/samples/custody.html", status, **shown)


async def _institutions(request: Request) -> dict[str, str]:
    """Every institution that works with the record, by its code, as this page names it."""
    rows = await database_of(request).all(INSTITUTIONS)
    return {row["institution"]: in_language(row["name"], "en") or row["institution"] for row in rows}


async def record(request: Request) -> Response:
    """A sample goes to other hands."""
    fields = Fields(await posted(request))
    said: dict[str, Any] = {
        "barcode": fields.barcode("barcode"),
        "step": fields.choice("step", STEPS),
        "holder": fields.choice("holder", HOLDERS),
        "seal": fields.text("seal", longest=40),
        "site": fields.uuid("site") if fields.form["site"] else None,
        "recipient": fields.choice("recipient", await _institutions(request), is_required=False) or None,
        "happened_at": fields.moment("day", "clock"),
        "actor": who(request).actor,
    }
    if said["step"] == "handed_over" and said["recipient"] is None:
        fields.wrong("recipient", "Please say which institution is to receive the sample.")
    if not fields.are_right:
        return await _page(request, 422, form=fields.form, errors=fields.errors)
    command = RecordCustody.model_validate(said)
    await refuse_own_samples(request, [command.barcode])
    values = {"barcode": command.barcode, "step": command.step}
    asked = await tell(request, fields.form, command, "recorded_custody", command.barcode, values=values)
    response = see("/staff/samples/custody", asked)
    response.headers["location"] += "".join(f"&{name}={fields.form[name]}" for name in KEPT)
    return response


async def _is_recorded(request: Request, asked: Asked) -> bool:
    sample = await by_barcode(request, str(asked.values.get("barcode", "")))
    if sample is None:
        return False
    await note(request, "looked_at_sample", sample["id"])
    last = sample["custody"][-1]
    return last["kind"] == asked.values.get("step") and asked.is_before(last["recorded_at"])
