"""The running service, between a real broker, a real database and the carrier's simulator."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.database import engine_of, open_session, utc_now
from shared.messages.gateway import RecordDelivery, Send, SendBatch, Template
from shared.messages.model import Lane, Message
from shared.messages.reports import ContactChanged, ContactDetails
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.rpc import StaffReads
from shared.messaging.topology import declare
from shared.parts import Part
from shared.schema import migrate
from shared.sealing import keys
from shared.settings import Settings, read_settings
from tests.approving import words_digest
from tests.ports import metrics_row
from tests.service.carrier_simulator import ACCOUNT, NUMBER, TOKEN, Simulator
from tests.service.gateway.builders import REFERENCE, a_number
from tests.service.messaging.looking import scalar
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("running")]
LIMIT_S = 90
"""How long a step may take, on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def config(fresh_environment: dict[str, str]) -> Settings:
    """Settings of this module's own databases and virtual host."""
    config = read_settings(**{k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()})
    migrate(config, Part.GATEWAY)
    declare(config.amqp_url)
    return config


@pytest.fixture(scope="module")
def database(config: Settings) -> Iterator[sa.Engine]:
    engine = engine_of(Part.GATEWAY, config, connections=3)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def service(
    config: Settings,
    fresh_environment: dict[str, str],
    running_carrier: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[subprocess.Popen[bytes]]:
    """The service's process, with its relay."""
    output = tmp_path_factory.mktemp("gateway") / "output"
    environment = os.environ | fresh_environment | {
        **metrics_row(),
        "SILA_QUIET_HOURS": "false",
        "SILA_CARRIER_SEGMENTS_PER_S": "10000",
        "SILA_TWILIO_NUMBER": NUMBER,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": running_carrier.url,
    }  # fmt: skip
    relay = Relay(Part.GATEWAY, config)
    relaying = threading.Thread(target=relay.run)
    with output.open("wb") as out:
        command = [sys.executable, "-W", "ignore", "-m", "infra.runner", "gateway"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    relaying.start()
    yield process
    relay.stop()
    if process.poll() is None:
        process.kill()
    process.wait(60)
    relaying.join(60)
    printed = output.read_text()
    print(printed)
    assert "error" not in printed
    assert "+964" not in printed


def tell(engine: sa.Engine, *messages: Message, lane: Lane | None = None) -> None:
    """Send messages as other parts do; this part's own outbox carries them."""
    with open_session(engine) as db:
        for message in messages:
            publish(db, message, lane=lane)
        db.commit()


def a_contact(number: str, contact: UUID) -> ContactChanged:
    details = ContactDetails(
        contact=contact,
        phone=keys().seal_for_gateway(number),
        phone_index=keys().phone_index(number),
        is_verified=True,
        language="ckb",
    )
    return ContactChanged(reference=REFERENCE, version=1, details=details)


def a_text(contact: UUID) -> Send:
    return Send(
        text=uuid4(),
        contact=contact,
        template=Template.REGISTERED,
        values={"ref": REFERENCE},
        text_class="answer",
        not_after=utc_now() + timedelta(hours=1),
    )


def test_a_text_goes_from_the_broker_to_the_phone_and_its_delivery_comes_back(
    config: Settings, database: sa.Engine, service: subprocess.Popen[bytes], running_carrier: Simulator
) -> None:
    number, contact = a_number(), uuid4()
    text = a_text(contact)
    tell(database, text, lane=Lane.URGENT)
    tell(database, a_contact(number, contact))
    assert eventually(lambda: bool(running_carrier.phone(number)), LIMIT_S)
    (sent,) = running_carrier.phone(number)
    assert sent["body"].startswith("داواکارییەکەتان تۆمارکرا")

    tell(database, RecordDelivery(carrier_id=sent["sid"], text=text.text, status="delivered"))
    reads = StaffReads(config, size=1, timeout_s=LIMIT_S)

    def status() -> str | None:
        (row,) = asyncio.run(reads.call("gateway", "texts_of", contact=str(contact)))
        return row["carrier_status"]

    assert eventually(lambda: status() == "delivered", LIMIT_S)
    health = asyncio.run(reads.call("gateway", "carrier_health"))
    assert (health["waiting"], health["handed_over"]) == (0, 1)
    reads.close()


def test_a_notice_reaches_everybody_once_and_a_stop_of_the_service_leaves_nothing_half_done(
    database: sa.Engine, service: subprocess.Popen[bytes], running_carrier: Simulator
) -> None:
    numbers = [a_number() for _ in range(300)]
    contacts = [uuid4() for _ in numbers]
    tell(database, *(a_contact(n, c) for n, c in zip(numbers, contacts, strict=True)))
    assert eventually(lambda: scalar(database, "SELECT count(*) FROM contact") >= len(numbers), LIMIT_S)
    notice, values = uuid4(), {"starts_at": utc_now() + timedelta(days=3), "place": {"ar": "قاعة"}}
    for start in range(0, len(contacts), 100):
        batch = SendBatch(
            batch=uuid4(),
            notice=notice,
            words_digest=words_digest("townhall", values),
            contacts=contacts[start : start + 100],
            template=Template.TOWNHALL,
            values=values,
            not_after=utc_now() + timedelta(days=1),
        )
        tell(database, batch)
    handed_over = f"SELECT count(*) FROM outgoing_text WHERE notice = '{notice}' AND state = 'handed_over'"
    assert eventually(lambda: scalar(database, handed_over) >= 20, LIMIT_S)

    service.terminate()
    assert service.wait(60) == 0
    assert scalar(database, "SELECT count(*) FROM outgoing_text WHERE state = 'sending'") == 0
    received = [t["to"] for t in running_carrier.exported() if t["to"] in set(numbers)]
    assert len(received) == len(set(received)) == scalar(database, handed_over)
