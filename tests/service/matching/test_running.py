"""The running service, between a real broker and a real database: twin families, from their files to being asked."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pika
import pytest
import sqlalchemy as sa

from shared.database import engine_of, open_session
from shared.messages.appointments import SampleCollected
from shared.messages.matching import Opinion, PlanContact, RecordLaboratoryReport, Review
from shared.messages.model import Message, seal_content
from shared.messages.reports import ReportChanged
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.rpc import StaffReads
from shared.messaging.topology import declare
from shared.parts import Part
from shared.references import new_reference
from shared.schema import migrate
from shared.settings import Settings, read_settings
from tests.actors import key_of, staff_of
from tests.ports import metrics_row
from tests.service.matching.builders import ANNA, BAHAR, DESK, a_match_report
from tests.service.messaging.looking import rows, scalar
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("running")]
LIMIT_S = 90
"""How long a step may take, on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def config(fresh_environment: dict[str, str]) -> Settings:
    """Settings of this module's own databases and virtual host, with a round each second."""
    of_environment = {k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()}
    config = read_settings(**of_environment, contact_round_s=1)
    migrate(config, Part.MATCHING)
    declare(config.amqp_url)
    return config


@pytest.fixture(scope="module")
def database(config: Settings) -> Iterator[sa.Engine]:
    engine = engine_of(Part.MATCHING, config, connections=3)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def output(
    config: Settings, fresh_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The service's process and its relay run; what the process prints."""
    file = tmp_path_factory.mktemp("matching") / "output"
    environment = {**os.environ, **fresh_environment, "SILA_CONTACT_ROUND_S": "1", **metrics_row()}
    relay = Relay(Part.MATCHING, config)
    relaying = threading.Thread(target=relay.run)
    with file.open("wb") as out:
        service = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "infra.runner", "matching"], env=environment, stdout=out, stderr=out
        )
    relaying.start()
    yield file
    relay.stop()
    service.terminate()
    relaying.join(60)
    service.wait(60)


def tell(engine: sa.Engine, *messages: Message) -> None:
    """Send messages as other parts do; this part's own outbox carries them."""
    with open_session(engine) as db:
        for message in messages:
            publish(db, message)
        db.commit()


def a_file(reference: str) -> ReportChanged:
    return ReportChanged.model_validate(
        {
            "reference": reference,
            "version": 1,
            "institution": "mgd",
            "status": "registered",
            "timeline": [],
            "needs": [],
            "governorate": None,
            "event": None,
            "contact": uuid4(),
            "is_verified": True,
            "language": "ar",
            "channel": "sms",
            "detail": "neutral",
            "consent_contact": ["sms"],
            "consent_share": [],
        }
    )


def a_review(item: UUID, by: UUID) -> Review:
    return Review(
        actor=staff_of("mld", by, "match_reviewer"),
        item=item,
        opinion=seal_content(Opinion(decision="confirm"), str(item)),
    )


def asked(config: Settings) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What lies in the queue of `reports`: headers and bodies."""
    with pika.BlockingConnection(pika.URLParameters(config.amqp_url)) as connection:
        channel, found = connection.channel(), []
        while (got := channel.basic_get("reports.contact_requested"))[0] is not None:
            found.append((dict(got[1].headers or {}), json.loads(got[2])))
        return found


def test_twin_families_are_asked_alike_and_staff_reads_them_alike(
    config: Settings, database: sa.Engine, output: Path
) -> None:
    routine, grave = new_reference(), new_reference()
    sample = SampleCollected(
        sample=uuid4(),
        version=1,
        donor=uuid4(),
        barcode="BC-000001",
        references=[grave],
        relation="brother",
        held_by="mld",
    )
    tell(database, a_file(routine), a_file(grave), sample)
    assert eventually(lambda: scalar(database, "SELECT count(*) FROM family") == 2, LIMIT_S)
    assert eventually(lambda: scalar(database, "SELECT count(*) FROM sample") == 1, LIMIT_S)
    item = uuid4()
    report = seal_content(a_match_report("BC-000001"), str(item))
    tell(database, RecordLaboratoryReport(laboratory_report=item, content=report, actor=key_of("mld")))
    assert eventually(lambda: scalar(database, "SELECT state FROM match") == "to_check", LIMIT_S)
    reads = StaffReads(config, size=1, timeout_s=LIMIT_S)
    [waiting] = asyncio.run(reads.call("matching", "reviews_open", reviewer=str(ANNA)))
    assert waiting["item"] == str(item)

    tell(database, a_review(item, ANNA), a_review(item, ANNA), a_review(item, BAHAR))
    tell(database, PlanContact(reference=routine, actor=staff_of("mgd", DESK)))
    waits = "SELECT count(*) FROM contact_request WHERE state = 'requested'"
    assert eventually(lambda: scalar(database, waits) == 2, LIMIT_S)
    unsent = "SELECT count(*) FROM outbox WHERE routing_key = 'contact_requested'"
    assert eventually(lambda: scalar(database, unsent) == 0, LIMIT_S)

    told = asked(config)
    bodies = {body["reference"]: body for _, body in told}
    assert len(told) == 2
    assert set(bodies) == {routine, grave}
    assert {b["version"] for b in bodies.values()} == {1}
    assert len({tuple(sorted(headers)) for headers, _ in told}) == 1
    by_desk = {r: reads.call("matching", "call_desk", reference=r, institution="mgd") for r in (routine, grave)}
    desk = {r: asyncio.run(read) for r, read in by_desk.items()}
    assert {d["what_to_do"] for d in desk.values()} == {"arrange_meeting"}
    reads.close()
    printed = output.read_text()
    assert rows(database, "SELECT handler FROM failed_message") == []
    assert not [word for word in (routine, grave, str(item), "BC-000001", "grave", "routine") if word in printed]
