"""What the checks find in a match report."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.checks import findings_of_donors, findings_of_report
from shared.messages.matching import LaboratoryReport

THRESHOLD = 0.9995
USABLE = ["usable", "usable", "usable"]


def a_report(**but: Any) -> LaboratoryReport:
    complete = {
        "kind": "match",
        "laboratory_number": "M-1",
        "posterior": 0.99999,
        "signed_by": "Dr. S.",
        "signed_at": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return LaboratoryReport.model_validate(complete | but)


def test_a_complete_report_above_the_threshold_has_no_findings() -> None:
    assert findings_of_report(a_report(), THRESHOLD) == []


@pytest.mark.parametrize(
    ("but", "found"),
    [
        ({"posterior": 0.9995}, []),
        ({"posterior": 0.99949}, ["posterior_below_threshold"]),
        ({"posterior": None}, ["posterior_missing"]),
        ({"signed_by": None}, ["not_signed"]),
        ({"signed_at": None}, ["not_signed"]),
        ({"signed_by": "", "posterior": 0.5}, ["posterior_below_threshold", "not_signed"]),
    ],
)
def test_what_a_report_lacks_is_found(but: dict[str, Any], found: list[str]) -> None:
    assert findings_of_report(a_report(**but), THRESHOLD) == found


@pytest.mark.parametrize(
    ("references", "found"),
    [
        ({"A": ["1"]}, []),
        ({"A": ["1"], "B": ["1"]}, []),
        ({"A": ["1"], "B": ["1", "2"], "C": ["2"]}, []),
        ({"A": ["1"], "B": ["2"], "C": ["1", "2"]}, []),
        ({"A": ["2", "1"], "B": ["5"], "C": ["2"], "D": ["5", "1"]}, []),
        ({"A": ["5", "1"], "B": ["2"], "C": ["5"], "D": ["2", "1"]}, []),
        ({"A": ["1"], "B": ["2"]}, ["donors_of_different_families"]),
        ({"A": ["1", "2"], "B": ["2", "3"], "C": ["4"]}, ["donors_of_different_families"]),
        ({"A": ["1"], "B": []}, ["donor_without_report"]),
        ({"A": []}, ["donor_without_report"]),
    ],
)
def test_donors_hang_together_by_the_reports_they_share(references: dict[str, list[str]], found: list[str]) -> None:
    assert findings_of_donors(references, USABLE) == found


@pytest.mark.parametrize("state", ["collected", "received", "repeat_needed"])
def test_a_sample_that_is_not_usable_is_found(state: str) -> None:
    assert findings_of_donors({"A": ["1"]}, ["usable", state]) == ["sample_not_usable"]


@given(
    st.lists(st.sets(st.sampled_from("123456"), min_size=1), min_size=1, max_size=6), st.randoms(use_true_random=False)
)
def test_the_order_of_donors_does_not_matter(families: list[set[str]], chance: Any) -> None:
    named = {f"BC-{n}": sorted(family) for n, family in enumerate(families)}
    shuffled = list(named.items())
    chance.shuffle(shuffled)

    assert findings_of_donors(named, USABLE) == findings_of_donors(dict(shuffled), USABLE)
