"""Who comes in, with what, and how often."""

import pytest

from tests.service.portal.api.institutions import Institutions, a_report, pointers

EVERY = [
    ("POST", "/reports"),
    ("GET", "/reports/686883553848"),
    ("POST", "/reports/search"),
    ("POST", "/imports"),
    ("GET", "/imports/1"),
    ("POST", "/laboratory-reports"),
    ("GET", "/laboratory-reports/1"),
    ("GET", "/sites"),
    ("GET", "/sessions"),
    ("GET", "/events"),
    ("GET", "/statistics"),
]


@pytest.mark.parametrize(("method", "path"), EVERY)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer sila_wrong", "Basic bWdkOng=", "Bearer \xe4"])
def test_nobody_comes_in_without_a_key(institutions: Institutions, method: str, path: str, authorization: str) -> None:
    headers = {"authorization": authorization.encode("latin-1")}
    answer = institutions.call(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert institutions.audited() == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE api_key SET is_active = false RETURNING 1", "UPDATE institution SET is_active = false RETURNING 1"],
)
def test_a_key_that_was_withdrawn_opens_nothing(institutions: Institutions, change: str) -> None:
    institutions.rows(change)
    assert institutions.call("GET", "/sites").status_code == 401


def test_a_key_is_good_for_its_scopes_only(institutions: Institutions) -> None:
    laboratory, reports = institutions.key("mgd", "laboratory"), institutions.key("mgd", "reports")
    refused = [
        institutions.report(key=laboratory),
        institutions.call("GET", "/events", key=laboratory),
        institutions.call("POST", "/reports/search", json={}, key=laboratory),
        institutions.call("POST", "/laboratory-reports", json={}, key=reports),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert 'error="insufficient_scope"' in refused[0].headers["www-authenticate"]
    assert institutions.call("GET", "/sites", key=laboratory).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nan",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_refused_as_such(institutions: Institutions, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = institutions.call("POST", "/reports", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/json; charset=windows-1256"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_another_type_or_encoding_is_not_taken(institutions: Institutions, headers: dict[str, str]) -> None:
    assert institutions.call("POST", "/reports", content=b"{}", headers=headers).status_code == 415


def test_a_body_is_not_read_beyond_its_limit(institutions: Institutions) -> None:
    content = a_report(circumstances="x" * 300_000)
    assert institutions.report(content).status_code == 413


def test_half_a_character_and_endless_numbers_are_named(institutions: Institutions) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"person": {"names": [{"raw": "\\ud800"}], "born": {"year": 1e999}}, "consent": {"keep": true}}'
    answer = institutions.call("POST", "/reports", content=body, headers=headers)
    assert pointers(answer) == {("/person/names/0/raw", "characters"), ("/person/born/year", "finite_number")}


def test_an_unknown_path_and_a_wrong_method_are_problem_documents(institutions: Institutions) -> None:
    unknown, wrong = institutions.call("GET", "/nothing"), institutions.call("DELETE", "/reports")
    assert (unknown.status_code, wrong.status_code) == (404, 405)
    assert {answer.headers["content-type"] for answer in (unknown, wrong)} == {"application/problem+json"}


def test_a_key_that_calls_too_often_has_to_wait(institutions: Institutions) -> None:
    assert institutions.call("GET", "/sites").status_code == 200
    institutions.rows("UPDATE limit_counter SET hits = 1200 RETURNING 1")
    answer = institutions.call("GET", "/sites")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert institutions.call("GET", "/sites", by="ihchr").status_code == 200


def test_an_institution_with_many_keys_has_one_budget(institutions: Institutions) -> None:
    assert institutions.call("GET", "/sites").status_code == 200
    institutions.rows("UPDATE limit_counter SET hits = 3000 WHERE key ILIKE '%calls_by_institution%' RETURNING 1")
    another_key = institutions.key("mgd", "reports")
    assert institutions.call("GET", "/sites", key=another_key).status_code == 429
    assert institutions.call("GET", "/sites", by="ihchr").status_code == 200


def test_answers_are_kept_by_no_cache(institutions: Institutions) -> None:
    assert institutions.call("GET", "/events").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE", "TRACE"])
def test_a_method_that_a_path_does_not_have_is_answered_by_those_that_it_has(
    institutions: Institutions, method: str
) -> None:
    """`search` is no reference, though `/reports/{reference}` has a GET."""
    answer = institutions.call(method, "/reports/search")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("consent", {"keep": True, "publish": "no"}),
        ("consent", {"keep": True, "publish": 0}),
        ("person", {"names": [{"raw": "علي"}], "born": {"year": True}}),
        ("person", {"names": [{"raw": "علي"}], "born": {"year": "1985"}}),
        ("event", {"date": {"latest": 0}}),
    ],
)
def test_a_value_of_another_type_than_the_document_says_is_refused_and_not_converted(
    institutions: Institutions, part: str, value: dict[str, object]
) -> None:
    answer = institutions.report(a_report(**{part: value}))
    assert answer.status_code == 422
    assert institutions.accepted() == []


@pytest.mark.parametrize("number", ["0", "1700000000", "1.5", " 7 ", "٧"])
def test_a_bare_number_is_no_day_and_no_moment(institutions: Institutions, number: str) -> None:
    assert institutions.report(a_report(event={"date": {"latest": number}})).status_code == 422
    assert institutions.call("GET", "/sessions", params={"from": number}).status_code == 422
    result = {"kind": "result", "laboratory_number": "1", "barcode": "SILA-0001", "signed_at": number}
    assert institutions.call("POST", "/laboratory-reports", json=result).status_code == 422


def test_a_day_and_a_moment_are_taken(institutions: Institutions) -> None:
    assert institutions.report(a_report(event={"date": {"latest": "2014-08-03"}})).status_code == 202
    result = {"kind": "result", "laboratory_number": "1", "barcode": "SILA-0001", "signed_at": "2026-11-30T08:00:00Z"}
    assert institutions.call("POST", "/laboratory-reports", json=result).status_code == 202


def test_a_whole_number_may_be_written_with_a_fraction_of_zero(institutions: Institutions) -> None:
    """It is the same number in JSON, and JSON Schema's `integer` has it."""
    body = b'{"person": {"names": [{"raw": "x"}], "born": {"year": 1985.0}}, "consent": {"keep": true}}'
    answer = institutions.call("POST", "/reports", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 202
