"""Projections, compared with their owners: by the check that operators have (`sila check`)."""

from infra.keeping.checking import differences
from tests.chaos.findings import Findings
from tests.chaos.ground import Ground


def compare_projections(found: Findings, ground: Ground) -> None:
    """Every copy of every owner's state. What still differs after it has had time to arrive is a difference."""
    found.differ(map(str, differences(ground.settings())))
