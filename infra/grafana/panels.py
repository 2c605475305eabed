"""A dashboard as Grafana reads it (schema 39), made of rows of panels, each a title, a unit and its queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

DATASOURCE = {"type": "prometheus", "uid": "sila-prometheus"}
WIDTH = 24
HEIGHT = 8
Unit = Literal["short", "s", "reqps", "ops", "percentunit", "dtdurations"]


@dataclass(frozen=True, slots=True)
class Query:
    """What a panel asks Prometheus, and how each line is named: `{{label}}` is a label's value."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel. `alarm`: from this value on it is red. `is_number`: the newest value alone, large."""

    title: str
    unit: Unit
    queries: tuple[Query, ...]
    tells: str
    alarm: float | None = None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels, row by row."""

    uid: str
    title: str
    rows: tuple[tuple[Panel, ...], ...]


def panel(title: str, unit: Unit, expr: str, legend: str, tells: str, *, alarm: float | None = None) -> Panel:
    """A panel of lines over time."""
    return Panel(title, unit, (Query(expr, legend),), tells, alarm)


def number(title: str, unit: Unit, expr: str, tells: str, *, alarm: float | None = None) -> Panel:
    """A panel of one number, or of one for each line."""
    return Panel(title, unit, (Query(expr),), tells, alarm, is_number=True)


def grafana_json(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana's provisioning reads it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["sila"],
        "timezone": "browser",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": _panels(dashboard.rows),
    }


def _panels(rows: Sequence[Sequence[Panel]]) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    for y, row in enumerate(rows):
        width = WIDTH // len(row)
        for x, each in enumerate(row):
            grid = {"h": HEIGHT, "w": width, "x": x * width, "y": y * HEIGHT}
            placed.append({"id": len(placed) + 1, "gridPos": grid, **_panel(each)})
    return placed


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": "stat" if panel.is_number else "timeseries",
        "title": panel.title,
        "description": panel.tells,
        "datasource": DATASOURCE,
        "targets": [
            {"refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": q.expr, "legendFormat": q.legend or "__auto"}
            for i, q in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, **_colours(panel)}, "overrides": []},
        "options": _options(panel),
    }


def _colours(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.alarm is not None:
        steps.append({"color": "red", "value": panel.alarm})
    return {
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": {"thresholdsStyle": {"mode": "line" if panel.alarm is not None else "off"}},
    }


def _options(panel: Panel) -> dict[str, Any]:
    if panel.is_number:
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "textMode": "auto"}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
