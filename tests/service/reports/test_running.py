"""The running service, between a real broker and a real database: from two institutions' reports to a reviewed link."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
import sqlalchemy as sa

from shared.database import engine_of, open_session
from shared.messages.model import Message
from shared.messages.reports import DecideLink, SetStatus, WithdrawReport
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.rpc import StaffReads
from shared.messaging.topology import declare
from shared.parts import Part
from shared.references import new_reference
from shared.schema import migrate
from shared.settings import Settings, read_settings
from tests.actors import family_of, staff_of
from tests.ports import metrics_row
from tests.service.messaging.looking import rows, scalar
from tests.service.reports.builders import STAFF, THE_SAME_BY_POLICE, a_content, accepting
from tests.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("running")]
LIMIT_S = 90


@pytest.fixture(scope="module")
def config(fresh_environment: dict[str, str]) -> Settings:
    config = read_settings(**{k.removeprefix("SILA_").lower(): v for k, v in fresh_environment.items()})
    migrate(config, Part.REPORTS)
    declare(config.amqp_url)
    return config


@pytest.fixture(scope="module")
def database(config: Settings) -> Iterator[sa.Engine]:
    engine = engine_of(Part.REPORTS, config, connections=3)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def output(
    config: Settings, fresh_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The service's process and its relay run; what the process prints."""
    file = tmp_path_factory.mktemp("reports") / "output"
    environment = {**os.environ, **fresh_environment, **metrics_row()}
    relay = Relay(Part.REPORTS, config)
    relaying = threading.Thread(target=relay.run)
    with file.open("wb") as out:
        service = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "infra.runner", "reports"], env=environment, stdout=out, stderr=out
        )
    relaying.start()
    yield file
    relay.stop()
    service.terminate()
    relaying.join(60)
    service.wait(60)


@pytest.fixture
def reads(config: Settings) -> Iterator[StaffReads]:
    reads = StaffReads(config, size=1, timeout_s=LIMIT_S)
    yield reads
    reads.close()


def tell(engine: sa.Engine, *messages: Message) -> None:
    """Send messages as a door does; this part's own outbox carries them."""
    with open_session(engine) as db:
        for message in messages:
            publish(db, message)
        db.commit()


def test_two_institutions_reports_are_linked_by_a_reviewer(
    database: sa.Engine, output: Path, reads: StaffReads
) -> None:
    one = accepting(a_content(consent__share=["police"]))
    other = accepting(a_content(**THE_SAME_BY_POLICE), institution="police")
    tell(database, one, other)
    assert eventually(lambda: scalar(database, "SELECT count(*) FROM report_link") == 1, LIMIT_S)

    [proposed] = asyncio.run(reads.call("reports", "links_to_review", institution="police"))
    assert set(proposed["references"]) == {one.reference, other.reference}
    tell(database, DecideLink(actor=staff_of("police", STAFF), link=proposed["link"], decision="linked"))
    assert eventually(lambda: scalar(database, 'SELECT count(DISTINCT "case") FROM report') == 1, LIMIT_S)

    status = asyncio.run(reads.call("reports", "report_status", reference=one.reference, institution="police"))
    assert (status["status"], status["links"][0]["state"]) == ("received", "linked")
    with pytest.raises(LookupError):
        asyncio.run(reads.call("reports", "report", reference=other.reference, institution="mgd"))
    assert rows(database, "SELECT handler FROM failed_message") == []
    printed = output.read_text()
    assert not [word for word in (one.reference, other.reference, "حسين", "Hussain") if word in printed]


def test_a_refusal_is_answered_and_a_good_message_beside_a_bad_one_is_applied(
    config: Settings, database: sa.Engine, output: Path
) -> None:
    good, closed = accepting(), accepting()
    tell(database, closed)
    assert eventually(lambda: (scalar(database, "SELECT count(*) FROM report") or 0) >= 1, LIMIT_S)
    tell(database, WithdrawReport(actor=family_of(closed.reference), reference=closed.reference))
    is_closed = f"SELECT count(*) FROM report WHERE reference = '{closed.reference}' AND NOT is_open"
    assert eventually(lambda: scalar(database, is_closed) == 1, LIMIT_S)

    bad = good.model_copy(update={"reference": new_reference()})  # its content is sealed for another reference
    tell(database, bad, good, SetStatus(actor=staff_of("mgd", STAFF), reference=closed.reference, status="registered"))
    is_good = f"SELECT count(*) FROM report WHERE reference = '{good.reference}'"
    assert eventually(lambda: scalar(database, is_good) == 1, LIMIT_S)
    parked = "SELECT handler, state, error_type FROM failed_message"
    assert eventually(lambda: rows(database, parked) == [("reports.accept_report", "parked", "CannotUnseal")], LIMIT_S)
    assert eventually(lambda: _refused(config) == 1, LIMIT_S)


def _refused(config: Settings) -> int:
    with pika.BlockingConnection(pika.URLParameters(config.amqp_url)) as connection:
        return connection.channel().queue_declare("projector.refused", passive=True).method.message_count
