"""The messages' document is current, and every version of a message that was ever published can still be read, but for
commands that named no institution.

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

FAMILYS_OWN = {
    "add_photo",
    "raise_concern",
    "remove_photo",
    "set_consent",
    "set_contact",
    "set_second_contact",
    "set_wishes",
    "withdraw_report",
}
"""Commands whose version 1 is read where a family submitted it; a desk's, with `by`, named no institution."""
OF_NOBODY = {
    "answer_offer",
    "approve_notice",
    "assign_contact_person",
    "cancel_meeting",
    "cancel_visit",
    "check_in",
    "close_session",
    "close_site",
    "draft_notice",
    "enter_row",
    "leave_waiting_list",
    "open_session",
    "open_site",
    "pause_notice",
    "plan_contact",
    "receive_walk_in",
    "record_custody",
    "record_meeting",
    "record_reply",
    "register_sample",
    "reschedule_visit",
    "review",
    "send_batch",
    "set_status",
    "start_notice",
    "stop_notice",
}
"""Commands whose version 1 cannot be read: it named neither an institution nor a report and its family, or not the
words that a second person approved."""


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
    body = json.loads(file.read_text())
    if int(version) != model.model_version:
        if kind in FAMILYS_OWN | OF_NOBODY:
            assert model.upgraded(int(version), body) is None
        if kind in OF_NOBODY:
            return
        body = model.upgraded(int(version), {**body, "by": None} if kind in FAMILYS_OWN else body)
        assert body is not None
        body = json.loads(json.dumps(body, default=str))
    assert json.loads(model.model_validate(body).model_dump_json(exclude_unset=True)).keys() >= body.keys()
