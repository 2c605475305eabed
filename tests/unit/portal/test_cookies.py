"""Cookies are named, marked and removed alike, by the portal's own address."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request
from starlette.responses import Response

from portal.cookies import cookie_of, delete_cookie, set_cookie


def a_request(*, is_https: bool, cookie: str = "") -> Request:
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(is_https=is_https)))
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "app": app})


def test_over_tls_a_cookie_is_of_this_host_alone() -> None:
    for change in (set_one, remove_one):
        header = change(a_request(is_https=True))
        assert header.startswith("__Host-sila_any=")
        assert {"secure", "httponly", "path=/", "samesite=strict"} <= set(header.lower().split("; "))
        assert "domain" not in header.lower()


def test_without_tls_browsers_would_refuse_the_prefix() -> None:
    for change in (set_one, remove_one):
        header = change(a_request(is_https=False))
        assert header.startswith("sila_any=")
        assert "secure" not in header.lower()


@pytest.mark.parametrize("is_https", [True, False])
def test_what_was_set_is_read(is_https: bool) -> None:
    header = set_one(a_request(is_https=is_https))
    assert cookie_of(a_request(is_https=is_https, cookie=header.split(";")[0]), "sila_any") == "value"


def test_over_tls_a_cookie_without_the_prefix_is_nobodys() -> None:
    assert cookie_of(a_request(is_https=True, cookie="sila_any=planted"), "sila_any") == ""


def set_one(request: Request) -> str:
    response = Response()
    set_cookie(request, response, "sila_any", "value", 60)
    return response.headers["set-cookie"]


def remove_one(request: Request) -> str:
    response = Response()
    delete_cookie(request, response, "sila_any")
    return response.headers["set-cookie"]
