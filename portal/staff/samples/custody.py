"""Custody: samples go from hand to hand by scanning; each link follows the one before, and none is ever changed."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import Form, posted
from portal.languages import local_time
from portal.staff.console import Asked, form_page, note, read, see, tell, told, who
from portal.staff.fields import BAGHDAD, Fields
from portal.staff.samples.registering import by_barcode
from shared.database import utc_now
from shared.messages.appointments import RecordCustody

STEPS: Final = {"handed_over": "Handed over to", "received": "Received by", "destroyed": "Destroyed by"}
HOLDERS: Final = {"courier": "Courier", "laboratory": "Laboratory", "site": "Site", "store": "Store"}
KEPT = ("step", "holder", "site")


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
    shown = {"steps": STEPS, "holders": HOLDERS, "sites": names, "form": Form(start), **context}
    return form_page(request, "staff/samples/custody.html", status, **shown)


async def record(request: Request) -> Response:
    """A sample goes to other hands."""
    fields = Fields(await posted(request))
    said: dict[str, Any] = {
        "barcode": fields.barcode("barcode"),
        "step": fields.choice("step", STEPS),
        "holder": fields.choice("holder", HOLDERS),
        "seal": fields.text("seal", longest=40),
        "site": fields.uuid("site") if fields.form["site"] else None,
        "happened_at": fields.moment("day", "clock"),
        "by": who(request).staff,
    }
    if not fields.are_right:
        return await _page(request, 422, form=fields.form, errors=fields.errors)
    command = RecordCustody.model_validate(said)
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
