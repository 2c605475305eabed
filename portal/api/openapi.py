"""The OpenAPI 3.1 document, made from the table of operations and their models."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from portal.api.bodies import JSON
from portal.api.operations import Operation
from portal.api.problems import Problem

PROBLEM = "application/problem+json"
IN_SCHEMAS = "#/components/schemas/"
BEYOND_THE_SCHEMAS = {
    "greater_than_equal": "a day or a moment lies in 1900 or later",
    "less_than_equal": "a day or a moment lies in 2100 or earlier",
    "value_error": "a day needs its month and a month its year, and a date must be one",
    "unknown_institution": "a report can be shared with those that work with the record",
    "phone": "a number must be one that can exist",
    "phone_missing": "only a phone that is there can be verified",
    "cursor": "a cursor is one that your institution was given",
    "characters": "control characters are no text",
    "missing": "a result needs `barcode`, a match `remains_barcode` and `donor_barcodes`; an import its columns",
    "empty": "an import has rows",
    "unknown_column": "an import has the named columns only",
    "column_twice": "an import has each column once",
}
"""The codes of what only the record can know to be wrong, and the rule of each."""
SAID_OF = {
    400: "What was sent cannot be read, or the Idempotency-Key is none.",
    401: "There is no good key.",
    403: "The key is not for this.",
    404: "There is no such thing, or it is not for this institution; both are answered alike.",
    409: "The Idempotency-Key came with another call before, or its first call is still being carried out.",
    413: "The body is too large.",
    415: "The body is of another type, or compressed.",
    422: "Some fields are not as they should be; each is named, and no value is repeated. Beyond what the schemas say: "
    + "; ".join(f"`{code}`: {rule}" for code, rule in BEYOND_THE_SCHEMAS.items()),
    429: "The key was used too often; Retry-After says how long to wait.",
    503: "A part of the system does not answer just now; nothing was kept.",
}
HEADERS_OF: dict[int, tuple[str, str]] = {
    202: ("Location", "Where to look later."),
    401: ("WWW-Authenticate", "How to send a key."),
    403: ("WWW-Authenticate", "Which scope the key needs."),
    429: ("Retry-After", "In how many seconds to try again."),
    503: ("Retry-After", "In how many seconds to try again."),
}
NO_KEY: list[dict[str, list[str]]] = []


@cache
def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    paths["/openapi.json"] = {"get": _own_operation()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sila, for institutions",
            "version": version("sila"),
            "description": "Reports of missing persons by the institutions that take them. Every call is on record.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An institution's key."}},
            "schemas": _schemas(operations),
            "responses": {f"Problem{status}": _problem(status) for status in SAID_OF},
        },
    }


def _own_operation() -> dict[str, Any]:
    answer = {"description": "This document.", "content": {JSON: {"schema": {"type": "object"}}}}
    return {
        "operationId": "showDocument",
        "summary": "This document.",
        "security": NO_KEY,
        "responses": {"200": answer},
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for operation in operations:
        wanted.append((operation.answers, "serialization"))
        if operation.body:
            wanted.append((operation.body, "validation"))
    _, found = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template=IN_SCHEMAS + "{model}", schema_generator=GenerateJsonSchema
    )
    return found["$defs"]


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.accepts:
        described["requestBody"] = {"required": True, "content": _content(operation)}
    scope = f"The key needs the scope `{operation.scope}`." if operation.scope else ""
    if words := " ".join(filter(None, (operation.more, scope))):
        described["description"] = words
    return described


def _content(operation: Operation) -> dict[str, Any]:
    if operation.body:
        return {JSON: {"schema": _reference(operation.body)}}
    return {kind: {"schema": {"type": "string"}} for kind in operation.accepts}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": IN_SCHEMAS + model.__name__}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    return [*in_path, *_in_query(operation), *_in_headers(operation)]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    if operation.parameters is None:
        return []
    schema = operation.parameters.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "schema": each} for name, each in schema["properties"].items()
    ]


def _in_headers(operation: Operation) -> list[dict[str, Any]]:
    if not operation.is_taken_once:
        return []
    described = "Sent again under the same key, a call gets the same answer and has no second effect."
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]*$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "description": described, "schema": schema}]


def _responses(operation: Operation) -> dict[str, Any]:
    answered: dict[str, Any] = {
        "description": operation.answers.__doc__ or "",
        **_headers(operation.status),
        "content": {JSON: {"schema": _reference(operation.answers)}},
    }
    problems = {str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in _refusals(operation)}
    return {str(operation.status): answered, **problems}


def _refusals(operation: Operation) -> Sequence[int]:
    found = {401, 429, 503}
    found |= {403} if operation.scope else set()
    found |= {404} if operation.names_something else set()
    found |= {422} if operation.parameters or operation.accepts else set()
    found |= {400, 413, 415} if operation.accepts else set()
    found |= {409} if operation.is_taken_once else set()
    return sorted(found)


def _problem(status: int) -> dict[str, Any]:
    content = {PROBLEM: {"schema": _reference(Problem)}}
    return {"description": SAID_OF[status], **_headers(status), "content": content}


def _headers(status: int) -> dict[str, Any]:
    if status not in HEADERS_OF:
        return {}
    name, description = HEADERS_OF[status]
    return {"headers": {name: {"description": description, "required": True, "schema": {"type": "string"}}}}
