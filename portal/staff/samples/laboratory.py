"""What a laboratory hands in by hand: the result of one sample, or a match of remains with donors.

Both kinds take the same way and are answered in the same words."""

from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from portal.forms import posted
from portal.staff.console import form_page, see, tell, told, who, wrong
from portal.staff.fields import Fields
from portal.staff.samples.registering import refuse_own_samples
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import seal_content

TEMPLATE = "staff/samples/laboratory.html"
KINDS: Final = {"result": "The result of one sample", "match": "A match of remains with donors"}
QUALITIES: Final = {"ok": "Usable", "repeat": "To be repeated", "mix_up_suspected": "A mix-up is suspected"}
CHOICES: Final[dict[str, Any]] = {"kinds": KINDS, "qualities": QUALITIES}


async def show_form(request: Request) -> Response:
    """An empty form."""
    return form_page(request, TEMPLATE, told=await told(request), **CHOICES)


async def hand_in(request: Request) -> Response:
    """A report was handed in."""
    fields = Fields(await posted(request))
    report = report_in(fields)
    if report is None:
        return wrong(request, TEMPLATE, fields, **CHOICES)
    await refuse_own_samples(request, [report.barcode] if report.barcode else report.donor_barcodes)
    number, member = uuid4(), who(request)
    command = RecordLaboratoryReport(
        laboratory_report=number,
        content=seal_content(report, str(number)),
        actor=member.actor,
    )
    return see("/staff/laboratory", await tell(request, fields.form, command, "handed_in_report", str(number)))


def report_in(fields: Fields) -> LaboratoryReport | None:
    """The report that the form makes; None where something is wrong in it, which `fields` then says."""
    kind = fields.choice("kind", KINDS)
    said: dict[str, Any] = {
        "kind": kind,
        "laboratory_number": fields.text("laboratory_number", is_required=True, longest=60),
        "loci": fields.whole("loci", 0, 100, is_required=False),
        "remark": fields.text("remark", longest=2000) or None,
        "signed_by": fields.text("signed_by") or None,
        "signed_at": fields.moment("signed_day", "signed_clock") if fields.form["signed_day"] else None,
    }
    said |= _result(fields) if kind == "result" else _match(fields)
    return LaboratoryReport.model_validate(said) if fields.are_right else None


def _result(fields: Fields) -> dict[str, Any]:
    return {
        "barcode": fields.barcode("barcode"),
        "quality": fields.choice("quality", QUALITIES, is_required=False) or None,
    }


def _match(fields: Fields) -> dict[str, Any]:
    donors = fields.barcodes("donor_barcodes")
    if not 1 <= len(donors) <= 40:
        fields.wrong("donor_barcodes", "Please write the barcodes of one to 40 donors.")
    return {
        "remains_barcode": fields.barcode("remains_barcode"),
        "donor_barcodes": donors,
        "relation_tested": fields.text("relation_tested") or None,
        "likelihood_ratio": fields.number("likelihood_ratio", 0, 1e100),
        "prior": fields.number("prior", 1e-12, 1 - 1e-12),
        "posterior": fields.number("posterior", 0, 1),
    }
