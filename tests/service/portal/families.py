"""Families as the portal's projection knows them, and what a family does at the door."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from starlette.testclient import TestClient

from infra.local.children import wait_until
from portal.pins import hash_of_pin
from portal.projections import files, outreach, visits
from shared.database import open_session, utc_now
from shared.messages.appointments import SessionChanged, SiteChanged
from shared.messages.gateway import Send, Template
from shared.messages.model import Envelope, Lane
from shared.messages.outreach import MeetingChanged
from shared.messages.reports import ContactChanged, ContactDetails, ReportChanged, TimelineEntry
from shared.references import new_reference
from shared.sealing import keys
from tests.service.portal.courier import Courier

Received = Any


def received(message: Received, correlation: UUID | None = None) -> Received:
    """A message as a handler gets it."""
    return message.received_in(Envelope(uuid4(), utc_now(), correlation or uuid4(), "", Lane.NORMAL))


@dataclass(frozen=True)
class Family:
    """A family with a file."""

    reference: str
    contact: UUID
    phone: str


class Families:
    """Puts families, sites and meetings into the projection as their owners would tell of them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.courier: Courier | None = None

    def one(self, *, phone: str = "+9647701234567", pin: str | None = None, **state: Any) -> Family:
        """A family; `state` is what matters of its file."""
        family = Family(new_reference(), uuid4(), phone)
        self.tell(files.keep_file, a_file(family, **state))
        self.tell(files.keep_contact, a_contact(family, is_verified=state.get("is_verified", True)))
        if pin:
            self.run("INSERT INTO pin (reference, pin_hash) VALUES (:r, :h)", r=family.reference, h=hash_of_pin(pin))
        return family

    def session(self, **state: Any) -> UUID:
        """A collection session at a site in Mosul."""
        site, session = uuid4(), uuid4()
        self.tell(visits.keep_site, a_site(site))
        self.tell(visits.keep_session, a_session(session, site, **state))
        return session

    def meeting(self, **state: Any) -> UUID:
        """A townhall meeting."""
        meeting = uuid4()
        self.tell(outreach.keep_meeting, a_meeting(meeting, **state))
        return meeting

    def tell(self, handler: Callable[..., None], message: Received, correlation: UUID | None = None) -> None:
        """Let a projection take an event over."""
        with open_session(self.engine) as db:
            handler(db, received(message, correlation))
            db.commit()

    def run(self, statement: str, **parameters: Any) -> Any:
        """A statement on the portal's database; the rows that it returns."""
        with self.engine.begin() as db:
            found = db.execute(sa.text(statement), parameters)
            return found.all() if found.returns_rows else None

    def texts(self) -> list[Send]:
        """The texts that have left or wait in the outbox."""
        rows = self.run("SELECT body FROM outbox WHERE routing_key LIKE 'gateway.send%' ORDER BY id")
        waiting = [Send.model_validate_json(bytes(row.body)) for row in rows]
        return [*(self.courier.texts if self.courier else ()), *waiting]

    def last_code(self, contact: UUID | None = None) -> str:
        """The code in the last text (to a contact), as the gateway alone can read it."""

        found: list[Send] = []

        def has_come() -> bool:
            # A text that the courier has just taken is for a moment in neither place: what was seen once is kept.
            found[:] = [t for t in self.texts() if is_code_for(t, contact)]
            return bool(found)

        assert eventually(has_come)
        return code_in(found[-1])


def is_code_for(text: Send, contact: UUID | None) -> bool:
    """Whether a text brings a one-time code, to a contact or (without one) to anybody."""
    return text.template is Template.OTP and (contact is None or text.contact in {contact, None})


def eventually(condition: Callable[[], Any]) -> bool:
    """Whether a condition comes about within ten seconds."""
    return wait_until(lambda: bool(condition()), 60, 0.02)


def code_in(text: Send) -> str:
    """A text's one-time code."""
    return keys().unseal_as_gateway(text.sealed_values["code"])


def a_file(family: Family, **state: Any) -> ReportChanged:
    """A family's file, in its second version."""
    status = state.pop("status", "registered")
    at = utc_now() - timedelta(days=3)
    steps = state.pop("steps", ["received", status])
    timeline = [TimelineEntry(status=s, at=at + timedelta(days=n)) for n, s in enumerate(steps)]
    given = {
        "version": 2, "institution": "mgd", "needs": [], "governorate": "IQ-NI", "event": None, "is_verified": True,
        "language": "ar", "channel": "sms", "detail": "neutral", "consent_contact": ["sms"], "consent_share": [],
    }  # fmt: skip
    return ReportChanged(
        reference=family.reference, contact=family.contact, status=status, timeline=timeline, **(given | state)
    )


def a_contact(family: Family, *, version: int = 2, is_verified: bool = True) -> ContactChanged:
    """How a family is reached."""
    details = ContactDetails(
        contact=family.contact,
        phone=keys().seal_for_gateway(family.phone),
        phone_index=keys().phone_index(family.phone),
        is_verified=is_verified,
    )
    return ContactChanged(reference=family.reference, version=version, details=details)


def a_site(site: UUID) -> SiteChanged:
    """A site in Mosul."""
    return SiteChanged(
        site=site, version=1, name={"ar": "مركز الموصل", "en": "Mosul centre"}, directions={}, country="IQ",
        governorate="IQ-NI", time_zone="Asia/Baghdad", latitude=None, longitude=None, has_women_staff=True,
        is_step_free=True, is_open=True,
    )  # fmt: skip


def a_session(session: UUID, site: UUID, **state: Any) -> SessionChanged:
    """A session in a week."""
    starts_at: datetime = state.pop("starts_at", utc_now() + timedelta(days=7))
    given = {"version": 1, "capacity": 20, "free": 20, "is_open": True, "is_women_only": False}
    return SessionChanged(
        session=session, site=site, starts_at=starts_at, ends_at=starts_at + timedelta(hours=4), **(given | state)
    )


def a_meeting(meeting: UUID, **state: Any) -> MeetingChanged:
    """A public meeting in a week."""
    given = {
        "version": 1, "title": {"ar": "لقاء عام", "en": "Public meeting"}, "place": {"ar": "سنجار", "en": "Sinjar"},
        "governorate": "IQ-NI", "starts_at": utc_now() + timedelta(days=7), "time_zone": "Asia/Baghdad",
        "is_public": True, "is_cancelled": False, "institution": "mgd",
    }  # fmt: skip
    return MeetingChanged(meeting=meeting, **(given | state))


def without_token(page: str) -> str:
    """A page without its forms' token, which is another one each time."""
    return re.sub(r'name="csrf" value="[0-9a-f]*"', "", page)


def field(page: str, name: str) -> str:
    """The value of a page's hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def send(client: TestClient, path: str, *, page: str, to: str | None = None, **fields: Any) -> Any:
    """Open a page and send its form."""
    shown = client.get(page)
    assert shown.status_code == 200, shown.status_code
    hidden = {"csrf": field(shown.text, "csrf")}
    if 'name="request_id"' in shown.text:
        hidden["request_id"] = field(shown.text, "request_id")
    return client.post(to or path, data=hidden | fields)


def log_in(client: TestClient, families: Families, family: Family, lang: str = "en") -> Any:
    """Reference and one-time code, as far as the family's page."""
    asked = send(client, f"/{lang}/status", page=f"/{lang}/status", reference=family.reference)
    assert asked.status_code == 200
    code = families.last_code(family.contact)
    return client.post(f"/{lang}/status/enter", data={"csrf": field(asked.text, "csrf"), "code": code})
