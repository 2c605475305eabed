"""What a part reads from its database for operators has names that no counter of the same process has."""

from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

import services
from shared.figures import Figures

PARTS = [path.parent.name for path in sorted(Path(services.__file__).parent.glob("*/metrics.py"))]


@pytest.mark.parametrize("part", PARTS)
def test_a_parts_figures_can_be_served_beside_its_counters(part: str) -> None:
    metrics = import_module(f"services.{part}.metrics")
    figures = Figures(sa.create_engine("postgresql+psycopg://"), getattr(metrics, "FIGURES", ()))
    figures.serve()
    figures.withdraw()
