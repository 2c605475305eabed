"""The report as one small page that needs nothing else: a table, and a plot for each figure."""

import base64
import html
import io
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

import matplotlib as mpl

from tests.bench.figures import Figure

mpl.use("Agg")

from matplotlib import pyplot as plt

COLOURS = {"ours": "#0b6e69", "peer": "#b0b7bd", "limit": "#d7b46a"}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2326 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #dde2e4 }
td.n { text-align: right } .no { color: #a3221c; font-weight: 600 } .yes { color: #0b6e69 }
figure { display: inline-block; margin: 1.5rem 1rem 0 0; width: 32rem; vertical-align: top }
figure img { width: 100% } figcaption { font-size: .9rem; color: #4a555a }
"""
HEADS = ("id", "value", "unit", "peer", "limit", "to_peer", "to_limit", "goal", "holds")


def page(figures: Sequence[Figure]) -> str:
    """The whole page."""
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {platform.machine()}"
    rows = "".join(_row(f) for f in figures)
    head = "".join(f"<th>{h}</th>" for h in HEADS)
    plots = "".join(_plot(f) for f in figures)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Sila, measured</title><style>{STYLE}</style>'
        f"<h1>Sila, measured</h1><p>Medians of interleaved repeats in one run; what counts is the ratio. {made}.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{plots}</html>"
    )


def _row(figure: Figure) -> str:
    cells = figure.as_line()
    return f"<tr>{''.join(_cell(cells[h]) for h in HEADS)}</tr>"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return f'<td class="{"yes" if value else "no"}">{"yes" if value else "no"}</td>'
    if isinstance(value, float):
        return f'<td class="n">{value:,.4g}</td>'
    return f"<td>{'–' if value is None else html.escape(str(value))}</td>"


def _plot(figure: Figure) -> str:
    canvas, axes = plt.subplots(figsize=(6.4, 2.4 if not figure.series else 3.4))
    if figure.series:
        _lines(axes, figure)
    else:
        _bars(axes, figure)
    axes.set_title(f"{figure.id}: {figure.title}", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    file = io.BytesIO()
    canvas.savefig(file, format="svg", bbox_inches="tight")
    plt.close(canvas)
    picture = base64.b64encode(file.getvalue()).decode()
    caption = html.escape(f"{figure.title}, {figure.unit}. {figure.note}")
    return (
        f'<figure><img alt="{html.escape(figure.title)}" src="data:image/svg+xml;base64,{picture}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _bars(axes: "plt.Axes", figure: Figure) -> None:
    """A bar for each way's median, and a dot for each repeat."""
    ways = [way for way in ("limit", "peer", "ours") if figure.repeats.get(way)]
    axes.barh(ways, [figure.middle(way) or 0 for way in ways], color=[COLOURS[way] for way in ways], height=0.6)
    for way in ways:
        axes.plot(figure.repeats[way], [way] * len(figure.repeats[way]), "o", color="#1c2326", markersize=3)
    axes.set_xlabel(figure.unit, fontsize=9)


def _lines(axes: "plt.Axes", figure: Figure) -> None:
    for name, points in figure.series.items():
        axes.plot([x for x, _ in points], [y for _, y in points], "o-", label=name, markersize=4)
    axes.set_ylabel(figure.unit, fontsize=9)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False)
