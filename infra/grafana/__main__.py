"""`python -m infra.grafana` writes the dashboards' files from `pages.py`."""

import json
from pathlib import Path

from infra.grafana.pages import DASHBOARDS
from infra.grafana.panels import Dashboard, grafana_json

FOLDER = Path(__file__).parent / "dashboards"


def file_of(dashboard: Dashboard) -> Path:
    """`sila-doors` → `dashboards/doors.json`."""
    return FOLDER / f"{dashboard.uid.removeprefix('sila-')}.json"


def written(dashboard: Dashboard) -> str:
    """What its file holds."""
    return json.dumps(grafana_json(dashboard), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in DASHBOARDS:
        file_of(each).write_text(written(each))
        print(f"wrote {file_of(each).name}")
