"""A page as an answer: language, protection, and where the other languages' links lead."""

import base64
import hashlib
import re

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response

from portal.family.views import Desk
from portal.pages import Pages, minified, page


class _Application:
    class state:  # noqa: N801
        pages = Pages(Desk(opens="8:30"))


def a_request(path: str, lang: str = "ar") -> Request:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "app": _Application, "state": {"lang": lang}}
    return Request(scope)


def the_start(path: str = "/ar/", lang: str = "ar", **context: object) -> Response:
    return page(a_request(path, lang), "family/start.html", **context)


def test_only_our_own_stylesheet_may_apply():
    answer = the_start()
    body = bytes(answer.body).decode()
    style = re.search(r"<style>(.*?)</style>", body, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_page_is_protected_and_never_stored():
    headers = the_start().headers

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert int(headers["content-length"]) == len(the_start().body)


def test_a_public_page_may_be_kept_where_its_route_says_so():
    assert the_start(cache="public, max-age=300").headers["cache-control"] == "public, max-age=300"


def test_the_other_languages_lead_to_the_same_page():
    body = bytes(the_start("/ckb/meetings/k7f3q2", "ckb").body).decode()

    assert 'href="/kmr-Arab/meetings/k7f3q2"' in body
    assert 'href="/ckb/meetings/k7f3q2"' not in body


def test_a_page_that_answers_a_form_names_where_the_languages_lead():
    assert 'href="/en/status"' in bytes(the_start("/ar/status/again", at="status").body).decode()


@pytest.mark.parametrize("path", ['/ar/"><b>', "/ar//evil.example/", "/verify/123"])
def test_a_strange_path_leads_nowhere_else(path: str):
    body = bytes(the_start(path).body).decode()
    targets = re.findall(r'<a href="([^"]*)" lang=', body)

    assert len(targets) == 4
    assert all(re.match(r"/(ckb|kmr|kmr-Arab|en)/", target) for target in targets)
    assert "<b>" not in re.sub(r"<b>[^<\"]+</b>", "", body)


def test_a_status_code_and_the_desk_of_the_application_are_used():
    answer = page(a_request("/en/x", "en"), "family/error.html", 404, code=404, minutes=0)

    assert answer.status_code == 404
    assert "Sunday to Thursday, 8:30 to 15:00" in bytes(answer.body).decode()


def test_a_forgotten_value_is_an_error_not_an_empty_page():
    with pytest.raises(UndefinedError, match="report"):
        page(a_request("/ar/status"), "family/status.html", csrf_token="t")


def test_a_stylesheet_loses_only_what_browsers_do_not_need():
    assert minified("/* why */\na  b , c:hover {\n  margin: 0 auto;\n}\n") == "a b,c:hover{margin:0 auto}"
