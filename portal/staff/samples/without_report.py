"""For the coordinator: samples whose reference is not in the record, since its report is still to be entered, or since
it was mistyped. The site that took them is not told which references exist; the coordinator calls it."""

from starlette.requests import Request
from starlette.responses import Response

from portal.staff.console import form_page, note, read


async def show_list(request: Request) -> Response:
    """The samples, oldest first, each with what is needed to find its card: no name."""
    await note(request, "listed_samples_without_report", "samples")
    waiting = await read(request, "reports", "samples_without_report")
    wanted = sorted({each["sample"] for each in waiting})
    cards = await read(request, "appointments", "cards_of_samples", wanted=wanted)
    shown = [{**card, **each} for card in cards for each in waiting if each["sample"] == card["sample"]]
    return form_page(request, "staff/samples/without_report.html", samples=shown)
