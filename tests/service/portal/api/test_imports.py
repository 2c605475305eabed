import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.messages.gateway import Send
from shared.messages.model import open_content
from shared.messages.report_content import ReportContent
from shared.references import parse_reference
from tests.service.portal.api.institutions import Institutions, a_report, a_whole_report
from tests.service.portal.courier import Courier
from tests.service.portal.families import eventually

HEADER = "name,mother,birth_year,phone,consent_keep,consent_share"
GOOD = "علي حسين محمد,زينب كاظم,١٩٨٥,0770 123 4567,نعم,ihchr; police"


def hand_in(institutions: Institutions, written: str, kind: str = "text/csv", **headers: str) -> httpx.Response:
    return institutions.call("POST", "/imports", content=written.encode(), headers={"content-type": kind} | headers)


def state_of(institutions: Institutions, taken: httpx.Response, **how: Any) -> dict[str, Any]:
    return institutions.call("GET", f"/imports/{taken.json()['id']}", **how).json()


def contents(institutions: Institutions) -> list[ReportContent]:
    return [open_content(c.content, ReportContent, c.reference) for c in institutions.accepted()]


def test_good_rows_are_accepted_and_bad_ones_cost_only_themselves(institutions: Institutions) -> None:
    taken = hand_in(institutions, "\n".join([HEADER, GOOD, "زيد,,,,no,", "x,,19x5,123,yes,nobody", GOOD]))
    assert taken.status_code == 202
    assert taken.headers["location"] == f"/api/v1/imports/{taken.json()['id']}"
    assert {k: v for k, v in taken.json().items() if k != "id"} == {"rows": 4, "accepted": 2, "refused": 2}
    state = state_of(institutions, taken)
    assert state["errors"] == [
        {"row": 2, "field": "consent_keep", "code": "literal_error"},
        {"row": 3, "field": "birth_year", "code": "int_parsing"},
    ]
    assert [r["row"] for r in state["references"]] == [1, 4]
    assert {r["reference"] for r in state["references"]} == {c.reference for c in institutions.accepted()}
    assert all(parse_reference(r["reference"]) for r in state["references"])


def test_a_row_is_read_into_the_report_it_says(institutions: Institutions) -> None:
    hand_in(institutions, f"{HEADER}\n{GOOD}")
    (content,) = contents(institutions)
    assert content.person.names[0].raw == "علي حسين محمد"
    assert content.person.born is not None
    assert content.person.born.year == 1985
    assert content.reporter.phone == "+9647701234567"
    assert content.consent.share == ["ihchr", "police"]


def test_a_familys_report_does_not_wait_behind_an_import(institutions: Institutions) -> None:
    hand_in(institutions, f"{HEADER}\n{GOOD}")
    institutions.report()
    keys = institutions.rows("SELECT routing_key FROM outbox ORDER BY id")
    assert keys == [("reports.accept_report.bulk",), ("reports.accept_report",)]


def test_what_no_model_knows_is_wrong_with_a_row_is_told_too(institutions: Institutions) -> None:
    taken = hand_in(institutions, f"{HEADER}\nزيد,,,123,yes,nobody")
    assert state_of(institutions, taken)["errors"] == [
        {"row": 1, "field": "consent_share", "code": "unknown_institution"},
        {"row": 1, "field": "phone", "code": "phone"},
    ]


def test_lines_of_json_are_reports(institutions: Institutions) -> None:
    lines = [a_whole_report(), {"person": {}}, [1], "x"]
    written = "\n".join(json.dumps(line) for line in lines) + "\n{\n\n"
    taken = hand_in(institutions, written, "application/x-ndjson")
    state = state_of(institutions, taken)
    assert (state["rows"], state["accepted"], state["refused"]) == (5, 1, 4)
    assert {(e["row"], e["field"], e["code"]) for e in state["errors"]} == {
        (2, "/person/names", "missing"),
        (2, "/consent", "missing"),
        (3, "", "not_an_object"),
        (4, "", "not_an_object"),
        (5, "", "not_json"),
    }


def test_formulas_are_words(institutions: Institutions) -> None:
    written = 'name,mother,place,consent_keep\n"=HYPERLINK(""http://x"")",@SUM(A1),+1+1,yes'
    assert hand_in(institutions, written).json()["accepted"] == 1
    (content,) = contents(institutions)
    written_there = [content.person.names[0].raw, content.person.mother, content.event.place]
    assert written_there == ['\'=HYPERLINK("http://x")', "'@SUM(A1)", "'+1+1"]


def test_an_import_texts_nobody_and_is_done_once_the_record_has_it(
    institutions: Institutions, courier: Courier
) -> None:
    courier.pause()
    verified = json.dumps(a_whole_report())
    taken = hand_in(institutions, f"{verified}\n{verified}", "application/jsonl")
    assert state_of(institutions, taken)["state"] == "working"
    courier.go_on()
    assert eventually(lambda: state_of(institutions, taken)["state"] == "done")
    assert eventually(lambda: len(institutions.rows("SELECT 1 FROM family_file")) == 2)
    assert courier.texts == []
    assert institutions.told(Send) == []


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("", 422),
        (HEADER, 422),
        ("name,consent_keep,colour\nx,yes,red", 422),
        ("name,name,consent_keep\nx,y,yes", 422),
        ("name\nx", 422),
        ("mother,consent_keep\nx,yes", 422),
        ('name,consent_keep\n"x', 400),
        ("name,consent_keep\n" + "x,yes\n" * 5001, 413),
        ("name,consent_keep\n" + "x" * 140_000 + ",yes", 400),
    ],
)
def test_a_file_that_is_none_is_refused_whole(institutions: Institutions, written: str, status: int) -> None:
    answer = hand_in(institutions, written)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert institutions.rows("SELECT 1 FROM import_job") == []
    assert institutions.accepted() == []


def test_a_file_in_another_encoding_or_too_large_is_refused(institutions: Institutions) -> None:
    csv = {"content-type": "text/csv"}
    windows = "name,consent_keep\nعلي,yes".encode("windows-1256")
    assert institutions.call("POST", "/imports", content=windows, headers=csv).status_code == 400
    large = b"name,consent_keep\n" + b"x" * (10 * 1024 * 1024)
    assert institutions.call("POST", "/imports", content=large, headers=csv).status_code == 413


def test_a_file_that_is_handed_in_twice_is_taken_once(institutions: Institutions) -> None:
    key = {"idempotency-key": "register-2026"}
    first, second = (hand_in(institutions, f"{HEADER}\n{GOOD}", **key) for _ in range(2))
    assert first.json() == second.json()
    assert len(institutions.accepted()) == 1
    assert hand_in(institutions, f"{HEADER}\n{GOOD}\n{GOOD}", **key).status_code == 409


def test_an_institution_imports_one_file_at_a_time(institutions: Institutions) -> None:
    with institutions.connect() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtext('sila.import'), hashtext('mgd'))")
        busy = hand_in(institutions, f"{HEADER}\n{GOOD}")
        theirs = institutions.call(
            "POST", "/imports", content=f"{HEADER}\n{GOOD}".encode(), headers={"content-type": "text/csv"}, by="ihchr"
        )
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "10")
    assert theirs.status_code == 202
    assert hand_in(institutions, f"{HEADER}\n{GOOD}").status_code == 202


def test_an_import_is_shown_to_its_institution_only(institutions: Institutions) -> None:
    taken = hand_in(institutions, f"{HEADER}\n{GOOD}")
    other = institutions.call("GET", taken.headers["location"].removeprefix("/api/v1"), by="ihchr")
    unknown = institutions.call("GET", f"/imports/{uuid4()}", by="ihchr")
    assert (other.status_code, other.content) == (unknown.status_code, unknown.content)
    assert other.status_code == 404


def test_every_report_of_an_import_is_on_record(institutions: Institutions) -> None:
    taken = hand_in(institutions, f"{HEADER}\n{GOOD}\n{GOOD}")
    references = [c.reference for c in institutions.accepted()]
    assert institutions.audited() == [
        ("mgd", "imported", taken.json()["id"]),
        *(("mgd", "reported", reference) for reference in references),
    ]


def test_five_thousand_rows_are_taken_at_once(institutions: Institutions) -> None:
    line = json.dumps(a_report())
    taken = hand_in(institutions, "\n".join([line] * 5000), "application/x-ndjson")
    assert taken.json()["accepted"] == 5000
    assert institutions.rows("SELECT count(*), count(DISTINCT reference) FROM import_row") == [(5000, 5000)]
    assert institutions.rows("SELECT count(*) FROM outbox") == [(5000,)]
