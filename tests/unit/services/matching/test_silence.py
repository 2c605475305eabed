"""Matching has nothing of its own to say: no log line, no metric; what it tells has no room for an occasion."""

import ast
from pathlib import Path

import pytest

import services.matching
from services.matching.service import MatchingService
from shared.messages.matching import ContactRequested, MeetingRecorded
from shared.messages.model import SealedContent
from shared.messages.subscriptions import heard_by
from shared.messaging.bus import BusEntrypoint

MODULES = sorted(Path(services.matching.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_writes_logs_or_metrics(module: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(module.read_text()))
        for name in (
            [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    silent = ("shared.logs", "shared.metrics", "logging", "structlog", "prometheus_client", "warnings")
    assert not {name for name in imported if name.startswith(silent)}
    assert "print(" not in module.read_text()


def test_routine_and_grave_are_told_by_the_same_three_fields_and_who_met_them_is_sealed() -> None:
    assert set(ContactRequested.model_fields) == {"reference", "contact_request", "version"}
    assert set(MeetingRecorded.model_fields) == {"reference", "contact_request", "version", "contact_person"}
    assert MeetingRecorded.model_fields["contact_person"].annotation == SealedContent | None


def test_the_service_hears_what_the_topology_promises() -> None:
    entrypoints = [e for method in vars(MatchingService).values() for e in getattr(method, "nameko_entrypoints", ())]
    kinds = {f"matching.{e.handler_kind}" for e in entrypoints if isinstance(e, BusEntrypoint)}

    assert kinds == set(heard_by("matching"))
