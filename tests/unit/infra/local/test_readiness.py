import pytest

from infra.local.ports import free_ports
from infra.local.readiness import readiness, waiting_for


def test_who_is_not_ready_is_named():
    body = b'{"status": "not ready", "parts": {"portal": true, "gateway": false, "relay": false}}'

    assert waiting_for(body) == "waiting for gateway, relay"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"parts": null}'])
def test_an_answer_without_sense_is_not_ready(body: bytes):
    assert waiting_for(body) == "the portal is not ready"


def test_a_portal_that_is_not_there_does_not_answer():
    assert readiness(f"http://127.0.0.1:{free_ports(1)[0]}") == "the portal does not answer"
