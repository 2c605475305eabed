"""An example of a message model, made from its JSON schema: the same one at every call."""

from datetime import UTC, datetime
from typing import Any

from shared.messages.model import Message

PATTERNS = {
    r"^[a-z][a-z0-9-]{1,30}$": "mgd",
    r"^[0-9a-f]{64}$": "ab" * 32,
    r"^[A-Z0-9][A-Z0-9-]{5,31}$": "RS-000123",
    r"^(SM|MM|CA)[0-9a-f]{32}$": "SM" + "0a" * 16,
    r"^[a-z_]{1,20}$": "person",
    r"^[a-z_]{2,30}$": "delivered",
    r"^[a-z_]{2,40}$": "session_full",
    r"^[A-Z]{2}$": "IQ",
    r"^\+[1-9][0-9]{6,14}$": "+9647700000000",
    r"^[A-Z]{2}-[A-Z0-9]{1,3}$": "IQ-NI",
}
FORMATS = {
    "uuid": "6f1c5c0e-8a53-4b0e-9c35-3d2f3f0c1a11",
    "date-time": datetime(2026, 11, 24, 9, tzinfo=UTC).isoformat(),
}
REFERENCE = "123456789092"


def example_of(model: type[Message]) -> dict[str, Any]:
    """A valid body of the model, every field filled."""
    schema = model.model_json_schema()
    return {n: _value(n, s, schema.get("$defs", {})) for n, s in schema["properties"].items()} | _special(model)


SPECIAL: dict[str, dict[str, Any]] = {
    "Send": {"phone": None, "language": None},
    "JoinWaitingList": {"site": None, "governorate": None},
    "Actor": {"key": None},
}
"""Fields of which only some may be filled."""


def _special(model: type[Message]) -> dict[str, Any]:
    return SPECIAL.get(model.__name__, {})


def _value(name: str, schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(name, defs[schema["$ref"].rpartition("/")[2]], defs)
    if options := schema.get("anyOf"):
        return _value(name, options[0], defs)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    match schema.get("type"):
        case "object":
            return _object(schema, defs)
        case "array":
            return [_value(name, schema["items"], defs)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return _string(name, schema)


def _object(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    if "properties" in schema:
        filled = {n: _value(n, s, defs) for n, s in schema["properties"].items()}
        return filled | SPECIAL.get(schema["title"], {})
    of = schema.get("additionalProperties", {"type": "string"})
    names = schema.get("propertyNames", {}).get("enum", ["ref"])
    return {name: _value(name, of, defs) for name in names[: schema.get("minProperties", 1)]}


def _string(name: str, schema: dict[str, Any]) -> str:
    if name in ("reference", "references"):
        return REFERENCE
    return FORMATS.get(schema.get("format", "")) or PATTERNS.get(schema.get("pattern", ""), "Asia/Baghdad")
