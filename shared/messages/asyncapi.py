"""The AsyncAPI 3.0 document of all messages, made from the models: docs/asyncapi.json, tested to be current."""

from typing import Any

from pydantic.json_schema import models_json_schema

from shared.messages.model import Command, Message, exchange_of, routing_key_of
from shared.messages.subscriptions import LISTENS, OWNERS

REFERENCES = "#/components/schemas/{model}"
HEADERS = {
    "type": "object",
    "description": "What travels beside every body. `retry` names the failed row that a further try belongs to.",
    "required": ["kind", "version", "at", "correlation", "lane", "key"],
    "properties": {
        "kind": {"type": "string"},
        "version": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "correlation": {"type": "string", "format": "uuid"},
        "lane": {"enum": ["urgent", "normal", "bulk"]},
        "key": {"type": "string"},
        "sent_us": {"type": "integer"},
        "retry": {"type": "integer"},
    },
}


def document() -> dict[str, Any]:
    """The whole document, as JSON can carry it."""
    models = _models()
    _, schemas = models_json_schema([(m, "validation") for m in models], ref_template=REFERENCES)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sila: messages between the parts",
            "version": "1",
            "description": "Commands go to their owner, events to whoever listens. Personal values are sealed.",
        },
        "channels": {m.kind: _channel(m) for m in models},
        "operations": {f"{owner}.{m.kind}": _heard(owner, m) for owner, m in _hearings()},
        "components": {
            "schemas": schemas["$defs"],
            "messages": {m.kind: _message(m) for m in models},
            "messageTraits": {"envelope": {"headers": HEADERS, "contentType": "application/json"}},
        },
    }


def _models() -> list[type[Message]]:
    owned = [m for models in OWNERS.values() for m in models]
    refused = [m.refused for m in owned if issubclass(m, Command) and not m.is_internal]
    return sorted({*owned, *refused}, key=lambda m: m.kind)


def _channel(model: type[Message]) -> dict[str, Any]:
    return {
        "address": exchange_of(model),
        "description": "routing keys: " + ", ".join(routing_key_of(model, lane) for lane in model.lanes),
        "messages": {model.kind: {"$ref": f"#/components/messages/{model.kind}"}},
    }


def _message(model: type[Message]) -> dict[str, Any]:
    key = f" In order for each `{model.key_field}`." if model.key_field else ""
    return {
        "name": model.kind,
        "title": model.__name__,
        "summary": f"{(model.__doc__ or '').strip()}{key} Version {model.model_version}, owned by {model.owner}.",
        "payload": {"$ref": REFERENCES.format(model=model.__name__)},
        "traits": [{"$ref": "#/components/messageTraits/envelope"}],
    }


def _hearings() -> list[tuple[str, type[Message]]]:
    commands = [(owner, m) for owner, models in OWNERS.items() for m in models if issubclass(m, Command)]
    return commands + [(consumer, m) for consumer, models in LISTENS.items() for m in models]


def _heard(consumer: str, model: type[Message]) -> dict[str, Any]:
    return {
        "action": "receive",
        "title": f"{consumer} hears {model.kind}",
        "channel": {"$ref": f"#/channels/{model.kind}"},
    }
