"""The table of who may do what is the one that the guards ask, and says of every page whose things it reaches."""

from pathlib import Path

from portal.access_document import WHOSE, document, whose
from portal.api.table import OPERATIONS
from portal.staff.access import ACCESS

ROOT = Path(__file__).parents[3]


def test_the_document_is_current() -> None:
    assert (ROOT / "docs/access.md").read_text() == document(), "run: sila access"


def test_every_page_but_the_first_says_whose_things_it_reaches() -> None:
    assert [path for path in ACCESS if path != "/staff/" and whose(path) == WHOSE["/staff/"]] == []


def test_every_page_and_operation_has_its_row() -> None:
    rows = {line.split("|")[1].strip().strip("`") for line in document().splitlines() if line.startswith("| `")}
    assert rows == {*ACCESS, *(f"{each.method} {each.path}" for each in OPERATIONS)}


def test_a_page_that_changes_a_report_is_the_responsible_institutions_alone() -> None:
    for path in ACCESS:
        if path.startswith("/staff/reports/file/{permit}/") and "photos" not in path:
            assert "no consent gives it" in whose(path).changes
