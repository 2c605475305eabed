"""Dashboards' queries are what Prometheus understands (their metrics: tests/unit/infra/grafana)."""

import subprocess
from pathlib import Path

from infra.grafana.pages import DASHBOARDS


def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    queries = [q.expr for d in DASHBOARDS for row in d.rows for p in row for q in p.queries]
    rules = "".join(f"  - record: query:{i}\n    expr: {expr!r}\n" for i, expr in enumerate(queries))
    (tmp_path / "rules.yml").write_text(f"groups:\n- name: panels\n  rules:\n{rules}")
    done = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
