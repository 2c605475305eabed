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
SAID_OF = {
    400: "What was sent cannot be read, or the Idempotency-Key is none.",
    401: "There is no good key.",
    403: "The key is not for this.",
    404: "There is no such thing, or it is not for this institution; both are answered alike.",
    409: "The Idempotency-Key came with another call before, or its first call is still being carried out.",
    413: "The body is too large.",
    415: "The body is of another type, or compressed.",
    422: "Some fields are not as they should be; each is named, and no value is repeated.",
    429: "The key was used too often; Retry-After says how long to wait.",
    503: "A part of the system does not answer just now; nothing was kept.",
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
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "description": described, "schema": schema}]


def _responses(operation: Operation) -> dict[str, Any]:
    answered: dict[str, Any] = {
        "description": operation.answers.__doc__ or "",
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
    return {"description": SAID_OF[status], "content": {PROBLEM: {"schema": _reference(Problem)}}}
