"""The coordinator's national figures: rounded, small cells left out."""

from starlette.requests import Request
from starlette.responses import Response

from portal.staff.console import form_page, note, read


async def show_figures(request: Request) -> Response:
    """Reports by governorate and event."""
    await note(request, "looked_at_figures", "figures")
    return form_page(request, "staff/oversight/figures.html", figures=await read(request, "reports", "statistics"))
