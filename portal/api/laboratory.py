"""Laboratories hand in results and match reports alike: by one way, sealed, under the same words."""

from uuid import uuid4

from portal.api.answers import LaboratoryReportTaken, as_json
from portal.api.calls import Call
from portal.api.idempotency import Taken, carry_out_once
from portal.api.problems import FieldError, invalid
from portal.database import Cursor
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import seal_content
from shared.messaging.outbox import publish_async

NEEDED = {"result": ("barcode",), "match": ("remains_barcode", "donor_barcodes")}


async def take_laboratory_report(call: Call, report: LaboratoryReport) -> Taken:
    """Take a laboratory's report, and say its id."""
    lacking = [name for name in NEEDED[report.kind] if not getattr(report, name)]
    if lacking:
        raise invalid([_lacks(name) for name in lacking])

    async def accept(cursor: Cursor) -> Taken:
        laboratory_report = uuid4()
        command = RecordLaboratoryReport(
            laboratory_report=laboratory_report,
            content=seal_content(report, str(laboratory_report)),
            institution=call.institution,
        )
        await publish_async(cursor, command, at=call.at)
        await call.note(cursor, "handed_in_laboratory_report", str(laboratory_report))
        return Taken(body=as_json(LaboratoryReportTaken(id=laboratory_report)))

    return await carry_out_once(call, accept)


def _lacks(name: str) -> FieldError:
    return FieldError(pointer=f"/{name}", code="missing", message="A report of this kind needs it.")
