"""What those do who make a fault: operators, attackers, families; each through the door that it would use."""

import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pika
import psycopg
from starlette.datastructures import MultiDict
from twilio.request_validator import RequestValidator

from infra.demo.institutions import INSTITUTIONS
from portal import accounts
from shared.database import utc_now
from shared.messages.gateway import OptOutChanged, Send, Template
from shared.messages.model import Message, seal_content
from shared.messages.report_content import ReportContent
from shared.messages.reports import (
    AcceptReport,
    AnswerConcern,
    ContactChanged,
    ContactDetails,
    RaiseConcern,
    Remark,
)
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.parts import Part
from shared.references import new_reference
from shared.sealing import keys
from tests.actors import family_of, key_of, staff_of
from tests.chaos.ground import Ground
from tests.system.visitor import Visitor

UNROUTABLE = """
INSERT INTO outbox (message_id, exchange, routing_key, headers, body)
VALUES (gen_random_uuid(), 'commands', 'reports.of_a_later_version', '{}', '{}')
"""
DUE_LONG_AGO = """
INSERT INTO due_message (key, due_at, message_id, exchange, routing_key, headers, body)
VALUES ('overdue', clock_timestamp() - interval '10 minutes', gen_random_uuid(), 'commands', 'nobody.hears', '{}', '')
"""


class Hands:
    """Acts on a system's doors, databases and broker."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        with ground.database(Part.PORTAL) as db:
            for institution, name in INSTITUTIONS.items():
                accounts.put_institution(db, institution, name)
            self._api_key = accounts.add_api_key(db, "police")
        self._held = ExitStack()

    # Messages

    def tell(self, part: Part, *messages: Message) -> None:
        """Messages in a part's outbox, as one of its rules would write them."""
        rows = [outbox_row(message, utc_now()) for message in messages]
        with self.ground.database(part) as db:
            db.execute(WRITE, write_parameters(rows))

    def tell_changes(self, count: int) -> None:
        """Phones that take texts again, told by the gateway to the projector."""
        changes = [OptOutChanged(phone_index=secrets.token_hex(32), version=1, is_stopped=False) for _ in range(count)]
        self.tell(Part.GATEWAY, *changes)

    def publish_nonsense(self) -> None:
        """A message that nobody of ours would send."""
        with pika.BlockingConnection(pika.URLParameters(self.ground.node.url())) as connection:
            connection.channel().basic_publish("commands", "reports.accept_report", b"{ this is no message")

    def tell_unroutable(self, part: Part) -> None:
        """A message that a later version's code would send."""
        self.run(part, UNROUTABLE)

    def take_report(self) -> str:
        """A report that an institution handed in. Its reference."""
        reference, contact = new_reference(), ContactDetails(contact=uuid4(), language="ar", is_demo=True)
        content = ReportContent.model_validate(
            {"person": {"names": [{"raw": "علي حسين محمد"}]}, "consent": {"keep": True}}
        )
        sealed = seal_content(content, reference)
        actor = key_of("police")
        self.tell(
            Part.PORTAL,
            AcceptReport(actor=actor, reference=reference, content=sealed, contact=contact, channel="import"),
        )
        return reference

    def complain(self, reference: str, concern: UUID) -> None:
        """A family complains on its page."""
        words = seal_content(Remark(text="Nobody called us."), str(concern))
        actor = family_of(reference)
        self.tell(
            Part.PORTAL,
            RaiseConcern(
                actor=actor, reference=reference, concern=concern, concern_kind="complaint", door="web", words=words
            ),
        )

    def answer(self, reference: str, concern: UUID) -> None:
        """The desk that has to answer does."""
        sealed = seal_content(Remark(text="We call you tomorrow."), str(concern))
        (desk,) = (row[0] for row in self.ground.rows(Part.REPORTS, "SELECT desk FROM concern WHERE id = %s", concern))
        answer = AnswerConcern(actor=staff_of(desk), reference=reference, concern=concern, answer=sealed)
        self.tell(Part.PORTAL, answer)

    # Databases

    def run(self, part: Part, statement: str) -> None:
        """A statement on a part's database."""
        with self.ground.database(part) as db:
            db.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def hold(self, part: Part, statement: str) -> None:
        """Leave a transaction open after a statement, until `let_go`."""
        db = self._held.enter_context(psycopg.connect(_url(self.ground, part)))
        db.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def let_go(self) -> None:
        """End every transaction that was left open."""
        self._held.close()

    def hold_by_turns(self, part: Part, table: str, held_s: float, first_s: float, between_s: float) -> None:
        """Lock a table again and again, at first for longer, with a moment between, until `let_go`."""

        stop = threading.Event()

        def lock(for_s: float) -> None:
            with suppress(psycopg.Error), psycopg.connect(_url(self.ground, part)) as db:
                db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
                stop.wait(for_s)

        def go_on() -> None:
            lock(first_s)
            while not stop.wait(between_s):
                lock(held_s)

        threading.Thread(target=go_on, daemon=True).start()
        self._held.callback(stop.set)

    def hold_a_due_row(self, part: Part) -> None:
        """A row that is long due, locked by a transaction that never ends."""
        self.ground.pause("relay")
        try:
            self.run(part, DUE_LONG_AGO)
            self.hold(part, "SELECT 1 FROM due_message WHERE key = 'overdue' FOR UPDATE")
        finally:
            self.ground.go_on("relay")

    # Doors

    def knock(self, path: str, count: int = 1) -> None:
        """Open a page, whatever it answers."""
        for _ in range(count):
            with suppress(httpx.HTTPError):
                httpx.get(self.ground.portal_url + path, timeout=10)

    def ask_for_status(self) -> None:
        """Somebody writes a reference into the form, from an address of their own."""
        with suppress(httpx.HTTPError), _visitor(self.ground) as visitor:
            visitor.go("/en/status").send("/status", reference=new_reference())

    def guess_codes(self, tries: int) -> None:
        """Somebody guesses one-time codes, from an address of their own."""
        with _visitor(self.ground) as visitor:
            visitor.go("/en/status").send("/status", reference=new_reference())
            for _ in range(tries):
                visitor.send("/status/enter", code="000000")

    def search(self, times: int) -> None:
        """An institution searches for people by name."""
        wanted = {"person": {"names": [{"raw": "علي حسين محمد"}]}}
        with httpx.Client(base_url=self.ground.portal_url, timeout=20) as client:
            for _ in range(times):
                client.post("/api/v1/reports/search", json=wanted, headers={"Authorization": f"Bearer {self._api_key}"})

    def ask_for_references(self, times: int) -> None:
        """An institution asks where reports stand that it does not know."""
        with httpx.Client(base_url=self.ground.portal_url, timeout=20) as client:
            for _ in range(times):
                path = f"/api/v1/reports/{new_reference()}"
                client.get(path, headers={"Authorization": f"Bearer {self._api_key}"})

    # Phones and the carrier

    def set_carrier(self, what: str, **values: Any) -> None:
        """The carrier's `faults` or `behaviour`."""
        httpx.put(f"{self.ground.carrier_url}/simulator/{what}", json=values, timeout=10).raise_for_status()

    def text(self, body: str, phones: int) -> None:
        """So many phones write this."""
        for phone in _phones(phones):
            url = f"{self.ground.carrier_url}/simulator/phones/{phone}/texts"
            httpx.post(url, json={"body": body}, timeout=60).raise_for_status()

    def forge(self, count: int) -> None:
        """Somebody posts to the webhook without the carrier's signature."""
        for _ in range(count):
            httpx.post(f"{self.ground.portal_url}/webhooks/twilio/sms", data={"Body": "STOP"}, timeout=10)

    def send(self, contact: UUID) -> UUID:
        """Ask the gateway for an answer to a contact. The text's id."""
        text, not_after = uuid4(), utc_now() + timedelta(hours=1)
        self.tell(
            Part.PORTAL,
            Send(text=text, contact=contact, template=Template.HELP, text_class="answer", not_after=not_after),
        )
        return text

    def introduce(self, contact: UUID, version: int) -> None:
        """The record tells a family's phone: with each version another one."""
        (phone,) = _phones(1)
        details = ContactDetails(
            contact=contact,
            phone=keys().seal_for_gateway(phone),
            phone_index=keys().phone_index(phone),
            is_verified=True,
            language="ar",
            is_demo=True,
        )
        self.tell(Part.REPORTS, ContactChanged(reference=new_reference(), version=version, details=details))

    def state_of(self, text: UUID) -> str:
        """How far a text has come."""
        found = self.ground.rows(Part.GATEWAY, "SELECT state FROM outgoing_text WHERE id = %s", text)
        return found[0][0] if found else ""

    def call_back(self, text: UUID, carrier_id: str) -> None:
        """The carrier says, signed, that it has a text under an id."""
        settings, path = self.ground.settings(), f"/webhooks/twilio/status?text={text}"
        told = {"MessageSid": carrier_id, "MessageStatus": "sent"}
        token = settings.twilio_auth_token.get_secret_value()
        signature = RequestValidator(token).compute_signature(settings.base_url + path, MultiDict(told))
        httpx.post(
            self.ground.portal_url + path, data=told, headers={"X-Twilio-Signature": signature}, timeout=10
        ).raise_for_status()


def _url(ground: Ground, part: Part) -> str:
    return ground.settings().database_of(part).replace("postgresql+psycopg://", "postgresql://")


def _phones(count: int) -> Iterator[str]:
    for _ in range(count):
        yield f"+96479{secrets.randbelow(10**8):08d}"


@contextmanager
def _visitor(ground: Ground) -> Generator[Visitor]:
    """A browser at a loopback address of its own: limits go by address."""
    address = f"127.{secrets.randbelow(200) + 1}.{secrets.randbelow(200)}.{secrets.randbelow(200) + 1}"
    visitor = Visitor(ground.portal_url, address)
    try:
        yield visitor
    finally:
        visitor.close()


def a_carrier_id() -> str:
    """An id as the carrier gives them."""
    return f"SM{uuid4().hex}"


def wait_for(condition: Callable[[], bool], tend: Callable[[], None], limit_s: float) -> bool:
    """Whether a condition came about within a limit; what runs is tended meanwhile."""
    ends = time.monotonic() + limit_s
    while not condition():
        tend()
        if time.monotonic() > ends:
            return False
    return True
