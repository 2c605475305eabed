"""The public figures, as everybody may read them."""

from portal import figures
from portal.api.answers import PublicFigures
from portal.api.calls import Call


async def show_figures(call: Call, _: None) -> PublicFigures:
    """Rounded totals of the whole country."""
    await call.note_look("read", "statistics")
    published: figures.PublicFigures = call.request.app.state.figures
    counted = await published.now()
    return PublicFigures(
        date=counted.as_of,
        figures={figure.name: figure.count for figure in counted.rows},
        rounded_to=figures.ROUNDED_TO,
        smallest=figures.SMALLEST,
    )
