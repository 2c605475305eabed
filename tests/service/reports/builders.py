"""What the tests of `reports` start from; each names only what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, or_, select

from services.reports.reporting import accept_report
from services.reports.tables import Report, ReportLink
from shared.messages.model import seal_content
from shared.messages.report_content import ReportContent
from shared.messages.reports import AcceptReport, ContactDetails, DeskVerification
from shared.messaging.outbox import pending
from shared.references import new_reference
from shared.sealing import keys
from tests.actors import key_of, staff_of
from tests.service.told import told as told

NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STAFF = UUID("00000000-0000-4000-8000-000000000001")
PHONE = "+9647701234567"


class Clock:
    """A clock that stands at noon until it is told to go on."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **how_long: float) -> None:
        self.time += timedelta(**how_long)


def a_content(**changes: Any) -> ReportContent:
    """A report of Ali, taken in August 2014, by his brother Khalid. Keys like `person__mother` change a field."""
    content: dict[str, Any] = {
        "person": {
            "names": [{"raw": "علي حسين محمد الجبوري"}],
            "mother": "زينب كاظم",
            "sex": "male",
            "born": {"year": 1985},
        },
        "event": {
            "code": "SINJAR",
            "date": {"year": 2014, "month": 8},
            "governorate": "IQ-NI",
            "place": "سنجار",
        },
        "reporter": {"name": "خالد حسين", "relation": "brother", "phone": PHONE, "phone_verified": True},
        "consent": {"keep": True, "share": [], "contact": ["sms"]},
        "relatives": [],
    }
    for path, value in changes.items():
        *parents, name = path.split("__")
        part = content
        for parent in parents:
            part = part[parent]
        part[name] = value
    return ReportContent.model_validate(content)


THE_SAME_BY_POLICE: dict[str, Any] = {
    "person__names": [{"raw": "Ali Hussain Mohammed"}],
    "person__mother": "Zaynab Kadhim",
    "person__born": {"year": 1984},
    "event__place": "Sinjar",
}


def a_contact(*, phone: str | None = PHONE, is_verified: bool = True, **changes: Any) -> ContactDetails:
    return ContactDetails.model_validate(
        {
            "contact": uuid4(),
            "phone": phone and keys().seal_for_gateway(phone),
            "phone_index": phone and keys().phone_index(phone),
            "is_verified": is_verified,
            **changes,
        }
    )


def accepting(
    content: ReportContent | None = None,
    *,
    institution: str = "mgd",
    channel: str = "api",
    contact: ContactDetails | None = None,
    reference: str | None = None,
) -> AcceptReport:
    reference = reference or new_reference()
    return AcceptReport.model_validate(
        {
            "reference": reference,
            "content": seal_content(content or a_content(), reference),
            "contact": contact or a_contact(),
            "actor": key_of(institution) if channel in ("api", "import") else staff_of(institution, STAFF),
            "channel": channel,
        }
    )


def a_report(db: Session, *, institution: str = "mgd", channel: str = "api", **changes: Any) -> Report:
    """A report that the record has accepted; `phone=None` or `is_verified=False` speak of its contact."""
    about_contact = {name: changes.pop(name) for name in ("phone", "is_verified") if name in changes}
    command = accepting(
        a_content(**changes), institution=institution, channel=channel, contact=a_contact(**about_contact)
    )
    accept_report(db, command)
    return db.get_one(Report, command.reference)


def forget_told(db: Session) -> None:
    """Look only at what is told from here on."""
    pending(db).clear()


def links_between(db: Session, one: Report, other: Report) -> list[ReportLink]:
    pair = {one.reference, other.reference}
    rows = select(ReportLink).where(or_(col(ReportLink.first).in_(pair), col(ReportLink.second).in_(pair)))
    return [link for link in db.exec(rows) if {link.first, link.second} == pair]


def verified(at: datetime) -> DeskVerification:
    """That a desk has just made sure whom it speaks with."""
    return DeskVerification(verification=uuid4(), checks=["person", "mother"], verified_at=at)


def a_link(db: Session, one: Report, other: Report) -> ReportLink:
    (link,) = links_between(db, one, other)
    return link
