"""The messages' document is current, and every version of a message that was ever published can still be read.

A changed model needs a new version, and keeps the stored sample of the old one: `SILA_STORE_SAMPLES=1` stores a sample
of each version that has none.
"""

import json
import os
from pathlib import Path

import pytest

from shared.messages.asyncapi import document
from shared.messages.model import REGISTRY, Message
from tests.unit.shared.examples import example_of

ROOT = Path(__file__).parents[3]
STORED = Path(__file__).parent / "stored_messages"
MODELS = sorted((m for m in REGISTRY.values() if not m.owner.startswith("probe")), key=lambda m: m.kind)


def sample_file(model: type[Message]) -> Path:
    return STORED / f"{model.kind}.{model.model_version}.json"


@pytest.fixture(scope="module", autouse=True)
def _stored() -> None:
    if os.environ.get("SILA_STORE_SAMPLES"):
        for model in MODELS:
            if not sample_file(model).exists():
                sample_file(model).write_text(json.dumps(example_of(model), indent=1) + "\n")


def test_the_document_is_current() -> None:
    stored = json.loads((ROOT / "docs/asyncapi.json").read_text())
    assert stored == json.loads(json.dumps(document())), "run: sila asyncapi"


def test_every_reference_in_the_document_leads_somewhere() -> None:
    whole = document()

    def check(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(reference := node.get("$ref"), str):
                at: object = whole
                for step in reference.removeprefix("#/").split("/"):
                    assert isinstance(at, dict)
                    at = at[step]
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(whole)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.kind)
def test_each_version_has_a_stored_sample(model: type[Message]) -> None:
    assert sample_file(model).exists(), "store one: SILA_STORE_SAMPLES=1"


@pytest.mark.parametrize("file", sorted(STORED.glob("*.json")), ids=lambda f: f.stem)
def test_a_stored_message_can_still_be_read(file: Path) -> None:
    kind, _, version = file.stem.rpartition(".")
    model = REGISTRY[kind]
    assert int(version) == model.model_version
    body = json.loads(file.read_text())
    assert json.loads(model.model_validate(body).model_dump_json(exclude_unset=True)).keys() >= body.keys()
