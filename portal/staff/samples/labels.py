"""Barcode labels, printed beforehand: three of one code in a row, for the card, its consent sheet and the copy.

Code 128, as every scanner reads it, on A4 sheets of 24 labels (70 × 37 mm). No label bears a name or a reference.
"""

import base64
import hashlib
import io
from uuid import UUID

WIDTH_MM, HEIGHT_MM = 70, 37
COLUMNS = ("card", "sheet", "copy")
ROWS = 8
MOST = 400


def codes(session: UUID, count: int) -> list[str]:
    """The codes of a session's labels, from 1 on: always the same, so that a sheet can be printed again."""
    digest = hashlib.sha256(b"labels:" + session.bytes).digest()
    prefix = base64.b32encode(digest[:5]).decode()
    return [f"{prefix}-{number:03}" for number in range(1, min(count, MOST) + 1)]


def sheet(session: UUID, count: int) -> bytes:
    """A PDF with a row of labels for each number."""
    # Imported late: only who prints labels needs the library.
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    printed = io.BytesIO()
    canvas = Canvas(printed, pagesize=A4, pageCompression=1)
    canvas.setTitle("Labels")
    margin = (A4[1] - ROWS * HEIGHT_MM * mm) / 2
    for at, code in enumerate(codes(session, count)):
        if at and at % ROWS == 0:
            canvas.showPage()
        bottom = A4[1] - margin - (at % ROWS + 1) * HEIGHT_MM * mm
        for column, use in enumerate(COLUMNS):
            _label(canvas, column * WIDTH_MM * mm, bottom, code, f"{at + 1}  {use}")
    canvas.save()
    return printed.getvalue()


def _label(canvas: object, left: float, bottom: float, code: str, use: str) -> None:
    from typing import Any, cast

    from reportlab.graphics.barcode.code128 import Code128
    from reportlab.lib.units import mm

    paper, width = cast("Any", canvas), WIDTH_MM * mm
    bars = cast("Any", Code128(code, barHeight=15 * mm, barWidth=0.33 * mm, quiet=True))
    bars.drawOn(paper, left + (width - bars.width) / 2, bottom + 13 * mm)
    paper.setFont("Helvetica-Bold", 12)
    paper.drawCentredString(left + width / 2, bottom + 7 * mm, code)
    paper.setFont("Helvetica", 9)
    paper.drawCentredString(left + width / 2, bottom + 2.5 * mm, use)
