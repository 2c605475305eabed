"""Laboratories hand in results and match reports alike: by one way, sealed, under the same words."""

from uuid import uuid4

from portal.api.answers import LaboratoryReportState, LaboratoryReportTaken, as_json
from portal.api.calls import Call
from portal.api.idempotency import Taken, carry_out_once
from portal.api.problems import FieldError, Refused, invalid
from portal.database import Cursor
from portal.outcomes import ask
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import seal_content
from shared.ownership import NotYours

NEEDED = {"result": ("barcode",), "match": ("remains_barcode", "donor_barcodes")}
ASKED = """
SELECT state, reason, "values" FROM outcome
WHERE request_id = %(id)s AND kind = %(kind)s AND "values" ->> 'institution' = %(institution)s
"""


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
            actor=call.actor,
        )
        asked_by = {"institution": call.institution}
        await ask(cursor, command, call.at, request_id=laboratory_report, values=asked_by)
        await call.note(cursor, "handed_in_laboratory_report", str(laboratory_report))
        place = f"/api/v1/laboratory-reports/{laboratory_report}"
        return Taken(body=as_json(LaboratoryReportTaken(id=laboratory_report)), location=place)

    return await carry_out_once(call, accept)


def _lacks(name: str) -> FieldError:
    return FieldError(pointer=f"/{name}", code="missing", message="A report of this kind needs it.")


async def show_laboratory_report(call: Call, _: None) -> LaboratoryReportState:
    """Whether a laboratory report was refused, and why, for a week; what else became of it is told nowhere."""
    laboratory_report = call.named_id()
    await call.note_look("looked", str(laboratory_report))
    asked = {"id": laboratory_report, "kind": RecordLaboratoryReport.kind, "institution": call.institution}
    row = await call.database.one(ASKED, asked)
    if row is None:
        raise Refused(404)
    state = "refused" if row["state"] == "refused" else "taken"
    reason = "unknown_barcode" if row["reason"] == NotYours.reason else row["reason"]  # as if it were nowhere
    return LaboratoryReportState(id=laboratory_report, state=state, reason=reason, barcode=row["values"].get("barcode"))
