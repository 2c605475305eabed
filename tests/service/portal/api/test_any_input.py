"""Whatever comes in is answered: never by a failure of ours, and an error never repeats what was sent."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.api.table import OPERATIONS
from portal.app import create_app
from shared.settings import Settings
from tests.service.portal.api.institutions import Institutions, a_whole_report

TAKING = sorted({(o.path, kind) for o in OPERATIONS for kind in o.accepts})
ASKING = sorted(o.path for o in OPERATIONS if o.method == "GET")
UNLIMITED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """The door without its limits on how often a key may call."""
    app = create_app(config.model_copy(update={"limits": "raised"}))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def places_in(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places_in(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places_in(inner, (*at, number))


def replaced(value: Any, at: tuple[Any, ...], by: Any) -> Any:
    """A JSON value with another in one of its places."""
    if not at:
        return by
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[at[0]] = replaced(value[at[0]], at[1:], by)
    return copied


def said(institutions: Institutions, path: str, value: Any) -> httpx.Response:
    """A value is sent as JSON, or as what nearly is: with NaN, with halves of characters."""
    return institutions.call("POST", path, content=json.dumps(value), headers={"content-type": "application/json"})


PLACES = list(places_in(a_whole_report()))


@UNLIMITED
@given(way=st.sampled_from(TAKING), body=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_answered(institutions: Institutions, way: tuple[str, str], body: bytes) -> None:
    path, kind = way
    answer = institutions.call("POST", path, content=body, headers={"content-type": kind})
    assert answer.status_code in {202, 400, 413, 415, 422}


@UNLIMITED
@given(path=st.sampled_from([p for p, kind in TAKING if kind == "application/json"]), value=anything)
def test_any_json_is_answered(institutions: Institutions, path: str, value: Any) -> None:
    assert said(institutions, path, value).status_code in {400, 422}


@UNLIMITED
@given(at=st.sampled_from(PLACES), value=anything | st.text("٠١٢٣+-=@ اعلي\u200f\u0000", max_size=40))
def test_a_report_with_anything_in_any_place_is_taken_or_refused(
    institutions: Institutions, at: tuple[Any, ...], value: Any
) -> None:
    answer = said(institutions, "/reports", replaced(a_whole_report(), at, value))
    assert answer.status_code in {202, 400, 422}
    if answer.status_code == 422:
        assert all(error["pointer"].startswith("/") or not error["pointer"] for error in answer.json()["errors"])
        assert "زينب" not in answer.text


@UNLIMITED
@given(cell=st.text(max_size=60), column=st.sampled_from(["name", "phone", "birth_year", "consent_share", "event"]))
def test_any_cell_is_taken_or_costs_its_own_row(institutions: Institutions, cell: str, column: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    columns = [column, *(c for c in ("name", "consent_keep") if c != column)]
    rest = [{"name": "علي", "consent_keep": "yes"}[c] for c in columns[1:]]
    written = f"{','.join(columns)}\n{','.join([quoted, *rest])}\n{','.join(['', *rest])}"
    try:
        body = written.encode()
    except UnicodeEncodeError:
        return
    answer = institutions.call("POST", "/imports", content=body, headers={"content-type": "text/csv"})
    assert answer.status_code == 202
    assert answer.json()["rows"] == 2


@UNLIMITED
@given(path=st.sampled_from(ASKING), word=st.text(max_size=20), name=st.sampled_from(["after", "from", "limit", "x"]))
def test_any_question_is_answered(institutions: Institutions, path: str, word: str, name: str) -> None:
    asked = path.replace("{reference}", "123456789012").replace("{id}", quote(word, safe=""))
    answer = institutions.call("GET", f"{asked}?{name}={quote(word, safe='')}")
    assert answer.status_code in {200, 404, 405, 422}
    assert answer.status_code < 300 or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "asked",
    ["/sessions?from=9999-12-31", "/sessions?from=0001-01-01", "/sessions?from=0001-01-01T00:00:00%2B14:00",
     "/sessions?from=2026-02-30", "/sessions?limit=1" + "0" * 30, "/sessions?limit=-1", "/events?limit=0",
     "/events?after=%00", "/sessions?governorate=%00", "/events?after=" + "x" * 5000],
)  # fmt: skip
def test_a_parameter_beyond_the_bounds_is_named(institutions: Institutions, asked: str) -> None:
    answer = institutions.call("GET", asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + asked.partition("?")[2].partition("=")[0]


def test_an_id_in_other_digits_is_not_found(institutions: Institutions) -> None:
    assert institutions.call("GET", "/imports/" + quote("٠" * 32)).status_code == 404
    assert institutions.call("GET", "/imports/" + "9" * 5000).status_code == 404
    assert institutions.call("GET", "/reports/%00").status_code == 404
