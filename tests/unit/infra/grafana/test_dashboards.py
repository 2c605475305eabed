"""Dashboards are what their pages say, and every panel asks for metrics and labels that the code has."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from infra.grafana.__main__ import FOLDER, file_of, written
from infra.grafana.pages import DASHBOARDS
from infra.grafana.panels import DATASOURCE, Dashboard, Panel, grafana_json
from portal import metrics as of_portal
from services.appointments import metrics as of_appointments
from services.outreach import metrics as of_outreach
from services.reports import metrics as of_reports
from shared.figures import Figure

ROOT = Path(__file__).parents[4]
METRIC = re.compile(r"\bsila_[a-z_]+")
SUFFIX = re.compile(r"_(total|bucket|count|sum)$")
BY = re.compile(r"\bby \(([^)]*)\)")
WITH = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"")
FOUND_BY_PROMETHEUS = {"le", "job", "process", "instance"}
COUNTED_IN = (
    "shared.metrics", "portal.metrics", "portal.watching", "portal.api.calls", "portal.api.searching",
    "portal.phone.signatures", "services.gateway.metrics", "services.reports.metrics", "services.appointments.metrics",
)  # fmt: skip

PANELS = [pytest.param(p, id=f"{d.uid}: {p.title}") for d in DASHBOARDS for row in d.rows for p in row]
EACH = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=[d.uid for d in DASHBOARDS])


@cache
def labels() -> dict[str, set[str]]:
    """Every metric's labels, as the code makes them."""
    for module in COUNTED_IN:
        import_module(module)
    counted = {m._name: set(m._labelnames) for m in REGISTRY._collector_to_names if isinstance(m, MetricWrapperBase)}
    return counted | {figure.name: set(figure.labels) for figure in figures()}


def figures() -> Iterator[Figure]:
    for module in (of_appointments, of_outreach, of_portal, of_reports):
        yield from getattr(module, "FIGURES", ())


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_for_metrics_and_labels_that_exist(panel: Panel) -> None:
    for query in panel.queries:
        names = {SUFFIX.sub("", name) for name in METRIC.findall(query.expr)}
        assert names <= labels().keys()
        known = FOUND_BY_PROMETHEUS.union(*(labels()[name] for name in names))
        grouped = {label.strip() for group in BY.findall(query.expr) for label in group.split(",")}
        shown = set(re.findall(r"{{(\w+)}}", query.legend))
        assert grouped | set(WITH.findall(query.expr)) | shown <= known
        assert shown <= grouped


@pytest.mark.parametrize("panel", PANELS)
def test_a_counter_is_asked_for_as_it_is_exposed(panel: Panel) -> None:
    counters = {m._name for m in REGISTRY._collector_to_names if getattr(m, "_type", "") == "counter" and labels()}
    for query in panel.queries:
        for name in METRIC.findall(query.expr):
            assert name.endswith("_total") == (SUFFIX.sub("", name) in counters), name


@EACH
def test_files_are_what_the_pages_say(dashboard: Dashboard) -> None:
    assert file_of(dashboard).read_text() == written(dashboard), "run: python -m infra.grafana"


def test_there_are_no_further_files() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(file_of(d) for d in DASHBOARDS)


@EACH
def test_panels_neither_overlap_nor_stick_out(dashboard: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in grafana_json(dashboard)["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_panels_and_the_provisioned_datasource_name_one_another() -> None:
    source = (ROOT / "infra/grafana/provisioning/datasources/prometheus.yml").read_text()
    assert f"uid: {DATASOURCE['uid']}\n" in source
    assert f"type: {DATASOURCE['type']}\n" in source
