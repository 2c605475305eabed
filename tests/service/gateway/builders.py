"""What a gateway's tests speak of: contacts, texts, notices, and a clock that is turned."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from services.gateway import address_book, carrier_status, opting_out, texts
from services.gateway.carrier.twilio_carrier import TwilioCarrier
from services.gateway.sender_loop import Sender
from services.gateway.sending.lease import Lease
from services.gateway.tables import OutgoingText
from shared.database import open_session, utc_now
from shared.messages.gateway import OptIn, OptOut, RecordDelivery, Send, SendBatch, Template
from shared.messages.model import Command, Envelope, Lane, Language
from shared.messages.reports import ContactChanged, ContactDetails
from shared.references import new_reference
from shared.sealing import keys
from shared.settings import Settings
from tests.approving import words_digest
from tests.service.carrier_simulator import ACCOUNT, NUMBER, TOKEN, Simulator

REFERENCE = new_reference()
_numbers = count(1)


class Clock:
    """The time, and as much more as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def turn(self, **ahead: float) -> None:
        self.ahead += timedelta(**ahead)

    def turn_to(self, at: datetime) -> None:
        self.ahead = at - utc_now()


def a_number() -> str:
    return f"+96477{next(_numbers):08d}"


def carrier_settings(config: Settings, simulator: Simulator, **changes: Any) -> Settings:
    """The settings of a gateway whose carrier is the simulator."""
    own = {
        "base_url": simulator.base_url,
        "twilio_api_base_url": simulator.url,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": type(config.twilio_auth_token)(TOKEN),
        "twilio_number": NUMBER,
        "carrier_segments_per_s": 100_000.0,
        "carrier_timeout_s": 20.0,
        "quiet_hours": False,
    }
    return config.model_copy(update={**own, **changes})


@dataclass
class Gateway:
    """A gateway: its database, its rules as the bus would call them, and its sender."""

    engine: sa.Engine
    simulator: Simulator
    config: Settings
    clock: Clock = field(default_factory=Clock)

    def session(self) -> Session:
        return open_session(self.engine, self.clock)

    def received(self, command: Any, lane: Lane = Lane.NORMAL) -> Any:
        message_id = uuid4()
        return command.received_in(Envelope(message_id, self.clock(), message_id, command.ordering_key, lane))

    def apply(self, rule: Any, *commands: Command, lane: Lane = Lane.NORMAL) -> None:
        with self.session() as db:
            for command in commands:
                rule(db, self.received(command, lane))
            db.commit()

    def together(self, rule: Any, *commands: Command, lane: Lane = Lane.NORMAL) -> None:
        with self.session() as db:
            rule(db, [self.received(command, lane) for command in commands])
            db.commit()

    def know(self, number: str | None = None, *, contact: UUID | None = None, version: int = 1, **details: Any) -> UUID:
        """A contact that `reports` has told of."""
        contact, number = contact or uuid4(), number or a_number()
        told = ContactDetails(
            contact=contact,
            phone=keys().seal_for_gateway(number),
            phone_index=keys().phone_index(number),
            **{"is_verified": True, "language": "ar", **details},
        )
        with self.session() as db:
            address_book.keep_contact(db, ContactChanged(reference=REFERENCE, version=version, details=told))
            db.commit()
        return contact

    def ask(self, contact: UUID | None, template: Template = Template.REGISTERED, **asked: Any) -> UUID:
        """Ask for a text, in the lane `lane`."""
        text, lane = uuid4(), asked.pop("lane", Lane.NORMAL)
        whole = {
            "values": {"ref": REFERENCE},
            "text_class": "answer",
            "not_after": self.clock() + timedelta(hours=1),
            **asked,
        }
        self.together(texts.accept_texts, Send(text=text, contact=contact, template=template, **whole), lane=lane)
        return text

    def notify(
        self, contacts: list[UUID], *, notice: UUID | None = None, batch: UUID | None = None, **asked: Any
    ) -> UUID:
        """Ask for a notice to these contacts; returns the notice."""
        notice = notice or uuid4()
        whole = {
            "template": Template.TOWNHALL,
            "values": {"starts_at": self.clock() + timedelta(days=5), "place": {"ar": "قاعة البلدية"}},
            "not_after": self.clock() + timedelta(days=1),
            **asked,
        }
        batch = batch or uuid4()
        digest = words_digest(whole["template"], whole["values"], whole.get("time_zone", "Asia/Baghdad"))
        approved = {"words_digest": digest, **whole}
        command = SendBatch(batch=batch, notice=notice, contacts=contacts, **approved)
        self.apply(texts.accept_batch, command, lane=Lane.BULK)
        return notice

    def opt_out(self, number: str, language: Language = "ar", *, confirmed_by_carrier: bool = False) -> None:
        phone, index = keys().seal_for_gateway(number), keys().phone_index(number)
        command = OptOut(phone=phone, phone_index=index, language=language, confirmed_by_carrier=confirmed_by_carrier)
        self.apply(opting_out.opt_out, command, lane=Lane.URGENT)

    def opt_in(self, number: str, language: Language = "ar") -> None:
        phone, index = keys().seal_for_gateway(number), keys().phone_index(number)
        self.apply(opting_out.opt_in, OptIn(phone=phone, phone_index=index, language=language), lane=Lane.URGENT)

    def hear(self, *told: RecordDelivery) -> None:
        """What the carrier says, as the portal passes it on."""
        self.together(carrier_status.record_deliveries, *told, lane=Lane.BULK)

    def sender(self, *, lease: Lease | None = None, **changes: Any) -> Sender:
        config = self.config.model_copy(update=changes)
        return Sender(self.engine, TwilioCarrier(config), config, self.clock, lease)

    def send(self, **changes: Any) -> None:
        """Send what is due, until nothing more is."""
        sender = self.sender(**changes)
        while sender.run_once():
            pass
        sender.finish()

    def text(self, text: UUID) -> OutgoingText:
        with self.session() as db:
            return db.get_one(OutgoingText, text)

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(statement), parameters))

    def states(self) -> dict[str, int]:
        return {
            row.state: row.texts
            for row in self.rows("SELECT state, count(*) AS texts FROM outgoing_text GROUP BY state")
        }

    def phone(self, number: str) -> list[str]:
        """The words that a phone has received."""
        return [t["body"] for t in self.simulator.phone(number)]
