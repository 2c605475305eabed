"""Reads that the record answers, by a running service between a real broker and real databases."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from portal.app import create_app
from shared.database import engine_of
from shared.messaging.relay import Relay
from shared.messaging.topology import declare
from shared.parts import Part
from shared.schema import migrate
from shared.settings import Settings, read_settings
from tests.ports import metrics_row
from tests.service.portal.api.institutions import Institutions, a_whole_report
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("running")]
LIMIT_S = 90
IN_LATIN = {
    "person": {
        "names": [{"raw": "Ali Hussein Mohammed Al-Jubouri"}],
        "mother": "Zainab Kadhim",
        "born": {"year": 1985},
    },
    "event": {"governorate": "IQ-NI"},
}


@pytest.fixture(scope="module")
def config(fresh_environment: dict[str, str]) -> Settings:
    """Settings of this module's own databases and virtual host."""
    config = read_settings(**{k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()})
    for part in (Part.PORTAL, Part.REPORTS):
        migrate(config, part)
    declare(config.amqp_url)
    return config


@pytest.fixture(scope="module")
def record(config: Settings, fresh_environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """The service and the portal's relay run; calling it stops the service, as a fault would."""
    environment = {**os.environ, **fresh_environment, **metrics_row()}
    relay = Relay(Part.PORTAL, config)
    relaying = threading.Thread(target=relay.run)
    command = [sys.executable, "-W", "ignore", "-m", "infra.runner", "reports"]
    service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    relaying.start()
    yield service.kill
    relay.stop()
    service.kill()
    relaying.join(60)
    service.wait(60)


@pytest.fixture(scope="module")
def engine(config: Settings) -> Iterator[sa.Engine]:
    engine = engine_of(Part.PORTAL, config, connections=3)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def institutions(config: Settings, engine: sa.Engine) -> Iterator[Institutions]:
    with TestClient(create_app(config), base_url="http://127.0.0.1:8000") as client:
        yield Institutions(client, engine)


@pytest.fixture(scope="module")
def reported(institutions: Institutions, record: Callable[[], None]) -> tuple[str, str]:
    """One person, reported by two institutions in two scripts; each shared its report with the other."""
    mgd = institutions.report(a_whole_report()).json()["reference"]
    consent = {"keep": True, "share": ["mgd"]}
    ihchr = institutions.report(IN_LATIN | {"consent": consent}, by="ihchr").json()["reference"]
    assert eventually(lambda: bool(read(institutions, ihchr, "ihchr").json().get("links")), LIMIT_S)
    return mgd, ihchr


def read(institutions: Institutions, reference: str, by: str = "mgd") -> httpx.Response:
    return institutions.call("GET", f"/reports/{reference}", by=by)


def search(institutions: Institutions, **how: Any) -> httpx.Response:
    return institutions.call("POST", "/reports/search", json=IN_LATIN, **how)


def test_the_other_institutions_report_is_linked_and_explained_field_by_field(
    institutions: Institutions, reported: tuple[str, str]
) -> None:
    mgd, ihchr = reported
    answer = read(institutions, ihchr, "ihchr").json()
    (link,) = answer["links"]
    assert (answer["reference"], answer["status"]) == (ihchr, "received")
    assert (link["reference"], link["state"]) == (mgd, "proposed")
    assert link["score"] > 0.9
    name = next(evidence for evidence in link["explanation"] if evidence["field"] == "name")
    assert (name["a"], name["b"]) == (IN_LATIN["person"]["names"][0]["raw"], "علي حسين محمد الجبوري")
    assert name["weight"] > 0


def test_a_report_that_is_not_shown_and_one_that_is_not_there_are_answered_alike(
    institutions: Institutions, reported: tuple[str, str]
) -> None:
    kept = institutions.report(a_whole_report(consent={"keep": True})).json()["reference"]
    assert eventually(lambda: institutions.rows("SELECT count(*) FROM outbox") == [(0,)], LIMIT_S)
    assert eventually(lambda: read(institutions, kept).json().get("links") != [], LIMIT_S)
    hidden, unknown = read(institutions, kept, "ihchr"), read(institutions, "686883553848", "ihchr")
    assert (hidden.status_code, hidden.content) == (unknown.status_code, unknown.content)
    assert hidden.status_code == 404


def test_a_reference_that_was_just_given_is_received(institutions: Institutions, reported: tuple[str, str]) -> None:
    reference = institutions.report(a_whole_report()).json()["reference"]
    answer = read(institutions, reference)
    assert (answer.status_code, answer.json()["status"]) == (200, "received")


def test_a_search_finds_what_the_institution_may_see_across_scripts(
    institutions: Institutions, reported: tuple[str, str]
) -> None:
    found = {result["reference"]: result for result in search(institutions, by="ihchr").json()["results"]}
    assert set(reported) <= set(found)
    assert found[reported[0]]["explanation"]
    assert search(institutions, key=institutions.key("police", "reports")).json() == {"results": []}


def test_looks_and_searches_are_on_record_and_what_was_sought_is_sealed(
    institutions: Institutions, reported: tuple[str, str]
) -> None:
    read(institutions, reported[0])
    search(institutions)
    assert ("mgd", "looked", reported[0]) in institutions.audited()
    assert ("mgd", "searched", "reports") in institutions.audited()
    ((detail,),) = institutions.rows("SELECT sealed_detail FROM audit_entry WHERE action = 'searched' LIMIT 1")
    assert detail
    assert "Hussein" not in detail


def test_an_import_comes_into_the_record_and_texts_nobody(
    institutions: Institutions, config: Settings, reported: tuple[str, str]
) -> None:
    line = json.dumps(a_whole_report(), ensure_ascii=False)
    headers = {"content-type": "application/x-ndjson"}
    taken = institutions.call("POST", "/imports", content=f"{line}\n{line}\n".encode(), headers=headers)
    shown = institutions.call("GET", f"/imports/{taken.json()['id']}").json()
    references = [imported["reference"] for imported in shown["references"]]
    record = engine_of(Part.REPORTS, config, connections=1)

    def in_the_record() -> list[tuple[str, str]]:
        statement = sa.text("SELECT reference, channel FROM report WHERE reference = ANY(:references)")
        with record.connect() as db:
            return [tuple(row) for row in db.execute(statement, {"references": references})]

    assert eventually(lambda: sorted(in_the_record()) == sorted((r, "import") for r in references), LIMIT_S)
    with record.connect() as db:
        texts = db.execute(sa.text("SELECT body FROM outbox WHERE routing_key LIKE 'gateway.send%'")).scalars().all()
    record.dispose()
    assert len(references) == 2
    assert not [reference for reference in references for text in texts if reference.encode() in bytes(text)]


def test_too_many_searches_are_refused_and_raise_the_alarm(
    institutions: Institutions, reported: tuple[str, str]
) -> None:
    key = institutions.key("ihchr", "reports")

    def alarms() -> float:
        return REGISTRY.get_sample_value("sila_search_limit_reached_total", {"institution": "ihchr"}) or 0

    before = alarms()
    answers = [search(institutions, key=key).status_code for _ in range(201)]
    assert set(answers[:200]) == {200}
    assert answers[200] == 429
    assert alarms() == before + 1
    assert ("ihchr", "search_refused", "reports") in institutions.audited()


def test_without_the_record_reads_say_so_and_reports_are_still_taken(
    institutions: Institutions, reported: tuple[str, str], record: Callable[[], None]
) -> None:
    record()
    answers = [read(institutions, reported[0]), search(institutions)]
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert institutions.report().status_code == 202
