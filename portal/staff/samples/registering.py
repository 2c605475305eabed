"""Reference samples: one registered under its barcode for one or more files; one followed by its barcode."""

from collections.abc import Iterable
from typing import Any, Final, get_args
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.at_hand import database_of
from portal.forms import Form, posted
from portal.languages import local_time
from portal.relations import own_relatives
from portal.staff.console import (
    OWN_RELATIVE,
    Asked,
    OwnRelative,
    form_page,
    is_refused,
    note,
    read,
    see,
    tell,
    told,
    who,
)
from portal.staff.fields import BAGHDAD, Fields
from shared.database import utc_now
from shared.messages.appointments import RegisterSample, SampleDetails
from shared.messages.model import seal_content
from shared.messages.report_content import Relation

TEMPLATE = "staff/samples/samples.html"
SPECIMENS: Final = {"blood_card": "Blood on a card", "buccal_swab": "Swab from the cheek"}
BIOLOGICAL: Final = {"unknown": "Not known", "yes": "Yes", "no": "No"}
RELATIONS: Final = {code: code.replace("_", " ") for code in get_args(Relation) if code != "self"}


async def show_samples(request: Request) -> Response:
    """The form for a new sample; beside it one sample, where its barcode is asked for."""
    ended = await told(request, lambda asked: _is_seen(request, asked))
    return await _page(request, told=ended)


async def _page(request: Request, status: int = 200, **context: Any) -> Response:
    sites = {
        site["id"]: site for site in await read(request, "appointments", "sites", institution=who(request).institution)
    }
    names = {key: site["name"].get("en") or next(iter(site["name"].values()), "") for key, site in sites.items()}
    now = local_time(utc_now(), BAGHDAD)
    start = [("day", f"{now:%Y-%m-%d}"), ("clock", f"{now:%H:%M}"), ("specimen", "blood_card")]
    given = [(name, request.query_params.get(name, "")) for name in ("site", "visit")]
    shown = {
        "sites": names,
        "specimens": SPECIMENS,
        "biological": BIOLOGICAL,
        "relatives": RELATIONS,
        "form": Form([*start, *given]),
        "sample": None,
        **context,
    }
    return form_page(request, TEMPLATE, status, **shown)


async def register(request: Request) -> Response:
    """A sample is registered, or one is looked for by its barcode: the page has a form for each."""
    fields = Fields(await posted(request))
    if fields.form.has("only_find"):
        return await _find(request, fields)
    command = await _command(request, fields)
    if command is None:
        return await _page(request, 422, form=fields.form, errors=fields.errors)
    asked = await tell(
        request,
        fields.form,
        command,
        "registered_sample",
        str(command.sample),
        values={"sample": str(command.sample), "barcode": command.barcode},
    )
    return see("/staff/samples", asked)


async def _find(request: Request, fields: Fields) -> Response:
    barcode = fields.barcode("find")
    sample = await by_barcode(request, barcode) if barcode else None
    if sample is None:
        fields.wrong("find", "No sample has this barcode.")
        return await _page(request, 422, errors=fields.errors)
    await note(request, "looked_at_sample", sample["id"])
    return await _page(request, sample=sample)


async def by_barcode(request: Request, barcode: str) -> dict[str, Any] | None:
    """A sample with its custody, by its barcode."""
    try:
        return await read(
            request, "appointments", "sample_by_barcode", barcode=barcode, institution=who(request).institution
        )
    except HTTPException:
        return None


async def refuse_own_samples(request: Request, barcodes: Iterable[str]) -> None:
    """Raise OwnRelative where one of these samples, as far as they show here, serves a report about a relative."""
    if not (await own_relatives(database_of(request), who(request).staff)).indexes:
        return  # nothing is asked of the service for those who have declared nothing
    for barcode in barcodes:
        asked = {"barcode": barcode, "institution": who(request).institution}
        try:
            await read(request, "appointments", "sample_by_barcode", **asked)
        except OwnRelative:
            raise
        except HTTPException:
            continue


async def _command(request: Request, fields: Fields) -> RegisterSample | None:
    sample = uuid4()
    said: dict[str, Any] = {
        "sample": sample,
        "donor": await _donor(request, fields),
        "barcode": fields.barcode("barcode"),
        "references": fields.references("references"),
        "visit": fields.uuid("visit") if fields.form["visit"] else None,
        "site": fields.uuid("site"),
        "specimen": fields.choice("specimen", SPECIMENS),
        "taken_at": fields.moment("day", "clock"),
        "actor": who(request).actor,
    }
    details = {
        "donor_name": fields.text("donor_name", is_required=True),
        "relation": fields.choice("relation", RELATIONS),
        "biological": fields.choice("biological", BIOLOGICAL),
        "identity_document_seen": fields.form.has("identity_document_seen"),
        "collected_by": fields.text("collected_by"),
        "witness": fields.text("witness"),
        "kit_lot": fields.text("kit_lot", longest=60),
    }
    await _refuse_own_relatives(request, fields, said["references"])
    if not fields.are_right:
        return None
    sealed = seal_content(SampleDetails.model_validate(details), str(sample))
    return RegisterSample.model_validate({**said, "details": sealed})


async def _refuse_own_relatives(request: Request, fields: Fields, references: list[str]) -> None:
    for reference in references:
        if await is_refused(request, reference):
            fields.wrong("references", OWN_RELATIVE)


async def _donor(request: Request, fields: Fields) -> UUID:
    """A new donor, or the one of an earlier sample: one donor serves all that are missing from a family."""
    earlier = fields.barcode("earlier_barcode", is_required=False)
    if not earlier:
        return uuid4()
    sample = await by_barcode(request, earlier)
    if sample is None:
        fields.wrong("earlier_barcode", "No sample has this barcode.")
        return uuid4()
    return UUID(sample["donor"])


async def _is_seen(request: Request, asked: Asked) -> bool:
    sample = await by_barcode(request, str(asked.values.get("barcode", "")))
    return sample is not None and sample["id"] == asked.values.get("sample")
