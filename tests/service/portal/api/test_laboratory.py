from typing import Any

import pytest

from portal.projections import settling
from shared.messages.matching import LaboratoryReport, RecordLaboratoryReport
from shared.messages.model import open_content
from tests.service.portal.api.institutions import Institutions, pointers
from tests.service.portal.families import Families

RESULT = {"kind": "result", "laboratory_number": "L-1", "barcode": "BC-000001", "quality": "ok", "loci": 21}
MATCH = {
    "kind": "match",
    "laboratory_number": "M-1",
    "remains_barcode": "BN-000001",
    "donor_barcodes": ["BC-000001", "BC-000002"],
    "likelihood_ratio": 2.5e9,
    "posterior": 0.9999,
}


def hand_in(institutions: Institutions, report: dict[str, Any], **how: Any) -> Any:
    return institutions.call("POST", "/laboratory-reports", json=report, **how)


@pytest.mark.parametrize("report", [RESULT, MATCH])
def test_a_laboratory_report_goes_sealed_to_matching(institutions: Institutions, report: dict[str, Any]) -> None:
    answer = hand_in(institutions, report)
    (command,) = institutions.told(RecordLaboratoryReport)
    assert answer.status_code == 202
    assert answer.json() == {"id": str(command.laboratory_report)}
    content = open_content(command.content, LaboratoryReport, answer.json()["id"])
    assert content.model_dump(exclude_defaults=True) == report
    assert command.institution == "mgd"


def test_results_and_matches_leave_the_same_marks(institutions: Institutions) -> None:
    answers = [hand_in(institutions, report) for report in (RESULT, MATCH)]
    assert {frozenset(answer.json()) for answer in answers} == {frozenset({"id"})}
    assert {(institution, action) for institution, action, _ in institutions.audited()} == {
        ("mgd", "handed_in_laboratory_report")
    }
    told = institutions.rows("SELECT DISTINCT routing_key, headers - 'at' - 'correlation' - 'key' FROM outbox")
    assert len(told) == 1
    clear = [c.model_dump_json() for c in institutions.told(RecordLaboratoryReport)]
    assert not [word for word in ("match", "BN-000001", "BC-000001") for text in clear if word in text]


def test_the_same_report_under_its_key_is_one(institutions: Institutions) -> None:
    once = {"idempotency-key": "lab-1"}
    assert hand_in(institutions, MATCH, headers=once).json() == hand_in(institutions, MATCH, headers=once).json()
    assert len(institutions.told(RecordLaboratoryReport)) == 1


@pytest.mark.parametrize(
    ("report", "named"),
    [
        ({"kind": "result", "laboratory_number": "L-1"}, {("/barcode", "missing")}),
        (
            {"kind": "match", "laboratory_number": "L-1"},
            {("/remains_barcode", "missing"), ("/donor_barcodes", "missing")},
        ),
        (RESULT | {"posterior": 1.5}, {("/posterior", "less_than_equal")}),
        (RESULT | {"barcode": "علي"}, {("/barcode", "string_pattern_mismatch")}),
    ],
)
def test_what_a_report_lacks_is_named(
    institutions: Institutions, report: dict[str, Any], named: set[tuple[str, str]]
) -> None:
    answer = hand_in(institutions, report)
    assert (answer.status_code, pointers(answer)) == (422, named)
    assert institutions.told(RecordLaboratoryReport) == []


def state_of(institutions: Institutions, taken: Any, by: str = "mgd") -> Any:
    return institutions.call("GET", f"/laboratory-reports/{taken.json()['id']}", by=by)


def test_a_laboratory_hears_of_a_barcode_that_no_sample_has(institutions: Institutions, families: Families) -> None:
    taken = hand_in(institutions, RESULT)
    unrefused = {"id": taken.json()["id"], "state": "taken", "reason": None, "barcode": None}
    assert state_of(institutions, taken).json() == unrefused
    ((command,),) = institutions.rows("SELECT message_id FROM outbox")
    refusal = RecordLaboratoryReport.refused(reason="unknown_barcode", values={"barcode": "BC-000001"})
    families.tell(settling.note_refused, refusal, command)
    assert state_of(institutions, taken).json() == unrefused | {
        "state": "refused",
        "reason": "unknown_barcode",
        "barcode": "BC-000001",
    }


def test_a_laboratory_report_is_shown_to_its_own_institution_only(institutions: Institutions) -> None:
    taken = hand_in(institutions, MATCH)
    assert state_of(institutions, taken, by="ihchr").status_code == 404
    assert taken.headers["location"] == f"/api/v1/laboratory-reports/{taken.json()['id']}"
