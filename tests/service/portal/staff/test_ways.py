"""The way of one message: told by its own id, by that of a text it led to, and by the carrier's."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from typer.testing import CliRunner

from infra.cli import app
from portal.accounts import Role
from services.gateway import carrier_status
from services.gateway.service import GatewayService
from shared.database import open_session
from shared.messages.gateway import OptOut, RecordDelivery
from shared.messages.model import Envelope, Lane
from shared.messaging.outbox import pending, publish
from shared.parts import Part
from shared.sealing import keys
from shared.settings import Settings
from tests.service.portal.courier import SERVICES, Courier
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff.conftest import Somebody
from tests.service.portal.staff.people import Person, said

Database = Callable[[Part], sa.Engine]
PHONE = "+9647701234567"
SID = f"SM{7:032x}"


@pytest.fixture
def operator(somebody: Somebody, part_database: Database) -> Person:
    for part in Part:
        part_database(part)
    return somebody(Role.OPERATOR)


@pytest.fixture
def carried(part_database: Database, families: Families) -> Iterator[Courier]:
    courier = families.courier = Courier(part_database, (*SERVICES, GatewayService), tuple(Part))
    courier.start()
    yield courier
    courier.stop()


def stop_texts(database: Database) -> UUID:
    """A phone stops texts at the portal's door. The message's id."""
    command = OptOut(phone=keys().seal_for_gateway(PHONE), phone_index=keys().phone_index(PHONE), language="ar")
    with open_session(database(Part.PORTAL)) as db:
        publish(db, command)
        message = pending(db)[-1].id
        db.commit()
    return message


def one(database: Database, part: Part, statement: str) -> UUID | None:
    with database(part).connect() as db:
        return db.execute(sa.text(statement)).scalar()


def deliver(db: Session, text: UUID) -> None:
    told = RecordDelivery(carrier_id=SID, text=text, status="delivered")
    number = uuid4()
    carrier_status.record_deliveries(
        db, [told.received_in(Envelope(number, db.info["clock"](), number, "", Lane.BULK))]
    )
    db.commit()


def follow(person: Person, sought: str) -> str:
    page = person.get("/staff/operations/way")
    return said(person.submit(page, "/staff/operations/way", id=sought))


def test_a_message_is_followed_from_the_door_to_the_phone_by_any_of_its_ids(
    operator: Person, carried: Courier, part_database: Database, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = stop_texts(part_database)
    taken = "SELECT message_id FROM inbox WHERE handler = 'projector.opt_out_changed'"
    assert eventually(lambda: one(part_database, Part.PORTAL, taken))
    text = one(part_database, Part.GATEWAY, "SELECT id FROM outgoing_text")
    assert text
    with open_session(part_database(Part.GATEWAY)) as db:
        deliver(db, text)

    for sought in (str(message), message.hex, str(text), SID):
        way = follow(operator, sought)
        assert "carried out by gateway.opt_out" in way
        assert "carried out by projector.opt_out_changed" in way
        assert f"text {text} (answer, optout) is handed over as {SID}" in way
        assert f"the carrier says of {text}: delivered" in way
        assert "not taken yet" not in way
        assert PHONE not in way
    monkeypatch.setattr("shared.settings.settings", lambda: config)
    told = CliRunner().invoke(app, ["way", SID])
    assert told.exit_code == 0, told.output
    assert "carried out by projector.opt_out_changed" in told.output


def test_a_message_that_waits_is_found_where_it_waits(operator: Person, part_database: Database) -> None:
    message = stop_texts(part_database)
    way = said(operator.get(f"/staff/operations/way/{message}"))
    assert "opt out waits in the outbox for the relay" in way


def test_a_message_that_one_of_two_has_not_taken_yet_is_told_so(
    operator: Person, part_database: Database, families: Families
) -> None:
    message = uuid4()
    with part_database(Part.MATCHING).begin() as db:
        db.exec_driver_sql(
            "INSERT INTO inbox VALUES ('matching.report_changed', %s, clock_timestamp() - interval '1 minute')",
            (message,),
        )
    way = said(operator.get(f"/staff/operations/way/{message}"))
    assert "carried out by matching.report_changed" in way
    assert "not taken yet by projector.report_changed" in way
    [row] = families.run("SELECT subject FROM audit_entry WHERE action = 'followed_message'")
    assert row.subject == str(message)


def test_of_an_unknown_id_it_says_what_is_remembered_and_of_no_id_what_one_looks_like(operator: Person) -> None:
    assert "Nothing is known of" in follow(operator, str(uuid4()))
    page = operator.get("/staff/operations/way")
    refused = operator.submit(page, "/staff/operations/way", id="1234 5678 9012")
    assert refused.status_code == 422
    assert "32 hexadecimal digits" in said(refused)
