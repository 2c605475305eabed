import asyncio
import socket
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from portal.app import create_app
from portal.database import Database
from shared.settings import Settings
from tests.service.portal.families import Families, field, log_in


@pytest.fixture
def cut_off(config: Settings) -> Iterator[TestClient]:
    """A portal whose database is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"postgresql+psycopg://sila@127.0.0.1:{taken.getsockname()[1]}"
        app = create_app(config.model_copy(update={"database_url": nowhere}))
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            yield client


def test_the_process_lives_whatever_else_is_down(cut_off: TestClient) -> None:
    assert cut_off.get("/healthz").status_code == 200
    ready = cut_off.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["portal"] is False


def test_without_its_database_a_page_says_so_and_when_to_come_back(cut_off: TestClient) -> None:
    cut_off.cookies.set("sila_family", "any")
    page = cut_off.get("/en/status")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "We cannot do this at the moment" in page.text
    assert cut_off.get("/en/rights").status_code == 200


def test_ready_means_the_database_and_all_means_every_part(client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    every = client.get("/readyz?parts=all")
    assert every.status_code == 503
    assert {"portal", "reports", "gateway", "relay.portal"} <= set(every.json()["parts"])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"reference=%FF%FE", "application/x-www-form-urlencoded", 400),
        (b"reference=%00", "application/x-www-form-urlencoded", 400),
        ("reference=\u0661".encode(), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 400),
        (b"&".join(b"a=1" for _ in range(500)), "application/x-www-form-urlencoded", 400),
        (b"reference=1", "application/x-www-form-urlencoded", 400),
    ],
    ids=["huge", "not utf-8", "nul", "unencoded", "json", "many fields", "no token"],
)
def test_a_form_that_is_none_is_a_clear_answer(client: TestClient, body: bytes, kind: str, status: int) -> None:
    client.get("/en/status")
    answer = client.post("/en/status", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/en/nothing", "/en/samples/visit/x", "/nothing", "/api/v1/nothing"])
def test_what_is_not_there_is_a_clear_answer(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    is_api = path.startswith("/api/")
    assert ("problem+json" in answer.headers["content-type"]) is is_api
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_dead_session_is_asked_to_log_in_again(client: TestClient, families: Families) -> None:
    page = log_in(client, families, families.one())
    families.run("DELETE FROM family_session")
    sent = {"csrf": field(page.text, "csrf"), "session": "x", "places": "2", "request_id": "x"}
    late = client.post("/en/samples/book", data=sent)
    assert late.status_code == 403
    assert 'href="/en/status"' in late.text
    assert client.post("/en/status/pin", data=sent).url.path == "/en/status"


def test_the_portal_answers_after_its_connections_were_cut(client: TestClient, families: Families) -> None:
    log_in(client, families, families.one())
    families.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'sila-portal-web' AND datname = current_database()"
    )
    assert client.get("/en/status").status_code == 200


def test_requests_are_measured_by_their_routes_template(client: TestClient) -> None:
    labels = {"route": "/verify/{code}", "status": "404"}
    before = REGISTRY.get_sample_value("sila_http_requests_total", labels) or 0
    client.get("/verify/0770123456")
    assert REGISTRY.get_sample_value("sila_http_requests_total", labels) == before + 1


def test_log_lines_name_routes_and_neither_paths_nor_queries(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/verify/1234567890?who=somebody")
    printed = capsys.readouterr().out
    assert "1234567890" not in printed
    assert "somebody" not in printed


def test_over_tls_cookies_stay_on_tls(config: Settings) -> None:
    app = create_app(config.model_copy(update={"base_url": "https://sila.example"}))
    with TestClient(app, base_url="https://sila.example") as client:
        answer = client.get("/en/status")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all(cookie.startswith("__Host-sila_") and "Secure" in cookie for cookie in cookies)
    assert answer.headers["strict-transport-security"]


def test_over_tls_a_family_gets_in_and_out_by_its_prefixed_cookies(config: Settings, families: Families) -> None:
    family = families.one()
    app = create_app(config.model_copy(update={"base_url": "https://sila.example"}))
    with TestClient(app, base_url="https://sila.example") as client:
        page = log_in(client, families, family)
        assert "__Host-sila_family" in client.cookies
        assert all(name.startswith("__Host-") for name in client.cookies)
        client.cookies.set("sila_family", client.cookies["__Host-sila_family"])
        client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
        assert "__Host-sila_family" not in client.cookies


def test_a_foreign_host_is_refused_at_every_door(client: TestClient) -> None:
    for path in ("/", "/en/status", "/staff/", "/api/v1/sites", "/webhooks/twilio/sms", "/static/app.css", "/healthz"):
        answer = client.get(path, headers={"host": "evil.example"}, follow_redirects=False)
        assert (answer.status_code, answer.text) == (400, "Invalid host header")
        assert answer.headers["x-content-type-options"] == "nosniff"


CUT_THE_FIRST_TIME = """
SELECT CASE nextval('reads') WHEN 1 THEN pg_terminate_backend(pg_backend_pid()) END, currval('reads') AS read
"""


def test_a_read_whose_connection_is_cut_as_it_arrives_is_repeated(config: Settings, families: Families) -> None:
    async def read() -> object:
        database = Database(config, connections=1)
        await database.open()
        try:
            return await database.one(CUT_THE_FIRST_TIME)
        finally:
            await database.close()

    families.run("CREATE SEQUENCE reads")
    try:
        assert asyncio.run(read()) == {"case": None, "read": 2}
    finally:
        families.run("DROP SEQUENCE reads")
