"""The portal answers for its own names, and for no other that somebody writes into a Host header."""

from typing import Any

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from portal.allowed_hosts import AllowedHosts
from shared.settings import Settings


def a_portal(**given: Any) -> TestClient:
    config = Settings(**{"database_url": "postgresql://h", "amqp_url": "amqp://h", **given})
    routes = [Route(path, lambda _: PlainTextResponse("here")) for path in ("/en/", "/healthz", "/readyz")]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(AllowedHosts, hosts=config.hosts)]))


def status(portal: TestClient, host: str, path: str = "/en/") -> int:
    return portal.get(path, headers={"host": host}).status_code


IN_PRODUCTION = {"environment": "production", "base_url": "https://Sila.example", "allowed_hosts": "desk.example,*.iq"}


@pytest.mark.parametrize("host", ["sila.example", "SILA.example:443", "desk.example", "a.iq"])
def test_its_own_names_are_answered(host: str) -> None:
    assert status(a_portal(**IN_PRODUCTION), host) == 200


@pytest.mark.parametrize("host", ["evil.example", "sila.example.evil.example", "127.0.0.1", "localhost", "", "a b"])
def test_any_other_is_refused_in_plain_words(host: str) -> None:
    answer = a_portal(**IN_PRODUCTION).get("/en/", headers={"host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whether_it_lives_is_also_asked_by_a_loopback_name(path: str) -> None:
    portal = a_portal(**IN_PRODUCTION)
    assert {status(portal, host, path) for host in ("127.0.0.1:8000", "localhost", "[::1]:8000")} == {200}
    assert status(portal, "evil.example", path) == 400


def test_outside_of_production_loopback_names_are_its_own() -> None:
    assert {status(a_portal(), host) for host in ("127.0.0.1:8000", "localhost:1", "[::1]")} == {200}


@pytest.mark.parametrize("hosts", ["https://sila.example", "sila.example:443", "*", "a,b c"])
def test_hosts_that_are_none_are_named_at_start(hosts: str) -> None:
    with pytest.raises(ValidationError, match="host names without a port"):
        a_portal(allowed_hosts=hosts)
