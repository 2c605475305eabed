"""Alert rules: they fire and stay silent as their cases say; each has its page, and asks for metrics that exist."""

import re
import subprocess
from pathlib import Path

import pytest
from starlette.routing import Route

from portal.app import ROUTES
from portal.watching import template_of

ROOT = Path(__file__).parents[2]
RULES = ROOT / "infra/prometheus/alerts.yml"
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text())
METRIC = re.compile(r"\bsila_[a-z_]+")
SUFFIX = re.compile(r"_(bucket|count|sum)$")


def test_the_cases_hold() -> None:
    cases = ROOT / "infra/prometheus/alerts_test.yml"
    done = subprocess.run(["promtool", "test", "rules", cases], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_page_a_case_and_a_severity(alert: str) -> None:
    rule = RULES.read_text().split(f"- alert: {alert}\n")[1].split("- alert: ")[0]
    assert f"## {alert}\n" in (ROOT / "docs/alerts.md").read_text()
    assert f"docs/alerts.md#{alert.lower()}" in rule
    assert re.search(r"severity: (page|ticket|deadman)", rule)
    fired = re.compile(rf"alertname: {alert}\n\s+exp_alerts:")
    assert fired.search((ROOT / "infra/prometheus/alerts_test.yml").read_text())


def test_every_route_in_the_rules_is_one_of_the_portals() -> None:
    asked = set(re.findall(r'route="([^"]+)"', RULES.read_text()))
    assert asked
    assert asked <= {template_of(route.path) for route in ROUTES if isinstance(route, Route)}


def test_every_metric_in_the_rules_is_one_of_ours() -> None:
    code = "\n".join(f.read_text() for part in ("shared", "portal", "services") for f in (ROOT / part).rglob("*.py"))
    for metric in set(METRIC.findall(RULES.read_text())):
        assert f'"{SUFFIX.sub("", metric)}"' in code, metric
