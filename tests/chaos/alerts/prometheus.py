"""A Prometheus of this run's own: the rules as they ship, but for their durations, shorter by a stated factor."""

import re
import shutil
from pathlib import Path

import httpx

from infra.local.children import Child, wait_until
from infra.local.plan import Plan
from infra.local.ports import free_ports
from infra.local.problems import StartError
from shared.parts import Process

ROOT = Path(__file__).parents[3]
RULES = ROOT / "infra/prometheus/alerts.yml"
EVERY_S = 2
UNITS = {"s": 1, "m": 60, "h": 3600}
DURATION = re.compile(r"(?P<before>for: |\[)(?P<count>\d+)(?P<unit>[smh])")
CONFIG = """\
global:
  scrape_interval: {every}s
  scrape_timeout: {every}s
  evaluation_interval: 1s
rule_files:
  - alerts.yml
scrape_configs:
  - job_name: sila
    static_configs:
{targets}
"""
TARGET = '      - targets: ["127.0.0.1:{port}"]\n        labels: {{process: {process}}}'


def shortened(rules: str, factor: int) -> str:
    """Rules whose waits (`for:`) and windows (`[5m]`) are shorter by a factor, a window long enough for three samples.

    Thresholds, what is compared with them, and all else stay.
    """

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found["count"]) * UNITS[found["unit"]] / factor
        least = 3 * EVERY_S if found["before"] == "[" else 1
        return f"{found['before']}{max(round(seconds), least)}s"

    return DURATION.sub(shorter, rules)


def alerts_in(rules: str) -> list[str]:
    """The names of the alerts in rules."""
    return re.findall(r"- alert: (\w+)", rules)


class Prometheus:
    """A running Prometheus that watches a system."""

    def __init__(self, plan: Plan, factor: int) -> None:
        program = shutil.which("prometheus")
        if program is None:
            raise StartError("Prometheus is not installed: apt-get install prometheus, or brew install prometheus.")
        self._folder = plan.folder / "prometheus"
        self._folder.mkdir()
        self._write(plan, factor)
        (port,) = free_ports(1)
        self._url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self._url, transport=httpx.HTTPTransport(retries=3), timeout=30)
        self.child: Child = plan.child(
            "prometheus", program, f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        )  # fmt: skip

    def _write(self, plan: Plan, factor: int) -> None:
        ports = {process: plan.doors.metrics + process.metrics_port_offset for process in Process}
        targets = "\n".join(TARGET.format(port=port, process=process) for process, port in ports.items())
        (self._folder / "alerts.yml").write_text(shortened(RULES.read_text(), factor))
        (self._folder / "prometheus.yml").write_text(CONFIG.format(every=EVERY_S, targets=targets))

    def start(self) -> None:
        """Start it and wait until it answers. Raises StartError."""
        self.child.launch()
        if not wait_until(self._is_ready, 30):
            raise StartError(f"Prometheus did not start: {self.child.last_lines(3)}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self._url}/-/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def firing(self) -> set[str]:
        """The names of the alerts that fire now."""
        answer = self._client.get("/api/v1/alerts").raise_for_status().json()
        return {alert["labels"]["alertname"] for alert in answer["data"]["alerts"] if alert["state"] == "firing"}
