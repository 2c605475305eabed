"""The document is a whole OpenAPI 3.1 document, and says what the routes do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route

from portal.api.openapi import document
from portal.api.routes import routes
from portal.api.table import OPERATIONS

DOCUMENT = document(OPERATIONS)
METHODS = {"get", "post"}
EVERY = [
    (path, method, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
CONTRACT = {
    ("post", "/reports"),
    ("get", "/reports/{reference}"),
    ("post", "/reports/search"),
    ("post", "/imports"),
    ("get", "/imports/{id}"),
    ("post", "/laboratory-reports"),
    ("get", "/laboratory-reports/{id}"),
    ("get", "/sites"),
    ("get", "/sessions"),
    ("get", "/events"),
    ("get", "/statistics"),
    ("get", "/openapi.json"),
}


def within(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from within(inner)


def found_at(pointer: str) -> Any:
    """What a local reference names."""
    value: Any = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        value = value[step]
    return value


def test_it_is_json_with_what_openapi_requires() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in DOCUMENT["components"]["schemas"])


def test_every_reference_leads_somewhere() -> None:
    references = [each["$ref"] for each in within(DOCUMENT) if "$ref" in each]
    assert references
    assert all(found_at(reference) for reference in references)


def test_it_has_the_operations_of_the_contract_and_no_others() -> None:
    assert {(method, path) for path, method, _ in EVERY} == CONTRACT


def test_the_routes_are_those_of_the_document() -> None:
    served = {
        (method.lower(), route.path.removeprefix("/api/v1"))
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == {(method, path) for path, method, _ in EVERY}


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in EVERY]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_an_operation_is_described_whole(path: str, method: str, operation: dict[str, Any]) -> None:
    assert method in METHODS
    assert operation["summary"]
    parameters = operation.get("parameters", [])
    in_path = {p["name"] for p in parameters if p["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path))
    assert all(p["required"] for p in parameters if p["in"] == "path")
    assert all(p["schema"] for p in parameters)
    for status, answer in operation["responses"].items():
        assert re.fullmatch(r"[2-5]\d\d", status)
        described = found_at(answer["$ref"]) if "$ref" in answer else answer
        assert described["description"]
        assert described["content"]
    assert ("requestBody" in operation) == (method == "post")


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_refusals_are_problem_documents(path: str, method: str, operation: dict[str, Any]) -> None:
    refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    for status, answer in refusals.items():
        assert list(found_at(answer["$ref"])["content"]) == ["application/problem+json"], status
    if path != "/openapi.json":
        assert {"401", "429", "503"} <= set(refusals)


def test_only_the_document_itself_needs_no_key() -> None:
    assert DOCUMENT["security"] == [{"key": []}]
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert [path for path, _, operation in EVERY if operation.get("security") == []] == ["/openapi.json"]


def test_what_is_taken_once_says_so() -> None:
    honouring = {
        path for path, _, operation in EVERY for p in operation.get("parameters", []) if p["name"] == "Idempotency-Key"
    }
    assert honouring == {"/reports", "/imports", "/laboratory-reports"}


def test_a_reports_schema_has_the_fields_of_the_contract() -> None:
    report = DOCUMENT["components"]["schemas"]["ReportContent"]
    assert {"person", "event", "reporter", "consent"} <= set(report["properties"])
    assert set(report["required"]) == {"person", "consent"}
    assert report["additionalProperties"] is False
