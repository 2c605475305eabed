"""The message models: a contract that holds between all parts."""

import inspect
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import BaseModel

from services.appointments.service import AppointmentsService
from services.gateway.service import GatewayService
from services.matching.service import MatchingService
from services.outreach.service import OutreachService
from services.reports.service import ReportsService
from shared.messages.model import REGISTRY, Command, Event, Lane, Message, routing_key_of
from shared.messages.reports import ContactChanged
from shared.messages.subscriptions import LISTENS, OWNERS, all_queues, has_listener, heard_by
from shared.messaging.bus import BusEntrypoint

SERVICES = (AppointmentsService, GatewayService, MatchingService, OutreachService, ReportsService)
OURS = [m for models in OWNERS.values() for m in models if m.owner != "probe"]
PERSONAL = {"phone", "address", "email", "mother", "donor_name", "body", "content", "details", "account", "opinion"}


@pytest.mark.parametrize("model", OURS, ids=lambda m: m.__name__)
def test_a_message_is_described_owned_and_named_for_what_it_is(model: type[Message]) -> None:
    assert model.__doc__
    assert len(model.__doc__) < 250
    assert REGISTRY[model.kind] is model
    assert OWNERS[model.owner]
    assert model.key_field is None or model.key_field in model.model_fields
    assert issubclass(model, Command) != issubclass(model, Event)


@pytest.mark.parametrize("model", OURS, ids=lambda m: m.__name__)
def test_no_message_has_a_personal_field_in_the_clear(model: type[Message]) -> None:
    for name in PERSONAL & set(model.model_fields):
        if model is ContactChanged and name == "details":
            continue  # a model of its own, whose phone is sealed
        assert longest(model, name) >= 4000, f"{name} is too short to be a sealed value"


def longest(model: type[Message], name: str) -> int:
    """The greatest length that a field admits: sealed values are long, and nothing else is allowed to be."""
    schema = model.model_json_schema()["properties"][name]
    return max([o.get("maxLength", 0) for o in (schema, *schema.get("anyOf", ()))])


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_a_service_hears_what_the_topology_promises(service: type) -> None:
    entrypoints = [
        e
        for _, method in inspect.getmembers(service, inspect.isfunction)
        for e in getattr(method, "nameko_entrypoints", ())
        if isinstance(e, BusEntrypoint)
    ]
    heard = {f"{service.name}.{e.handler_kind}" for e in entrypoints}  # pyright: ignore[reportAttributeAccessIssue]
    assert heard == set(heard_by(service.name))  # pyright: ignore[reportAttributeAccessIssue]


def test_queue_names_and_bindings_are_unique_and_every_command_has_a_queue() -> None:
    queues = all_queues()
    assert len({q.name for q in queues}) == len(queues)
    bound = {binding for q in queues for binding in q.bindings}
    for model in OURS:
        if issubclass(model, Command):
            for lane in model.lanes:
                assert ("commands", routing_key_of(model, lane)) in bound


def test_every_refusal_reaches_the_projector() -> None:
    commands = [m for m in OURS if issubclass(m, Command) and not m.is_internal]
    assert {c.refused for c in commands} <= set(LISTENS["projector"])


def test_an_event_without_listeners_is_known_as_such() -> None:
    unheard = [m for m in OURS if not has_listener(m)]
    assert all(issubclass(m, Event) for m in unheard)


@pytest.mark.parametrize("lane", Lane)
def test_each_lane_is_routed_apart(lane: Lane) -> None:
    from shared.messages.gateway import Send

    assert routing_key_of(Send, lane) == ("gateway.send" if lane is Lane.NORMAL else f"gateway.send.{lane}")


def test_a_text_goes_to_a_contact_or_to_a_phone_and_never_to_both() -> None:
    from pydantic import ValidationError

    from shared.messages.gateway import Send

    common = {"text": uuid4(), "template": "help", "text_class": "answer", "not_after": datetime.now(UTC)}
    assert Send(**common, contact=uuid4()).ordering_key  # pyright: ignore[reportArgumentType]
    for receivers in ({}, {"contact": uuid4(), "phone": "x"}):
        with pytest.raises(ValidationError):
            Send(**common, **receivers)  # pyright: ignore[reportArgumentType]


def test_models_of_content_are_no_messages() -> None:
    from shared.messages.report_content import ReportContent

    assert issubclass(ReportContent, BaseModel)
    assert not issubclass(ReportContent, Message)
