"""A whole system of databases and rules, whose messages are carried from outbox to handler until nothing is left to do.

Only the wire is short: outboxes, inboxes, rules and databases are the real ones.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from portal.projections.service import ProjectorService
from services.appointments.service import AppointmentsService
from services.gateway.service import GatewayService
from services.matching.service import MatchingService
from services.outreach.service import OutreachService
from services.reports.service import ReportsService
from shared.database import open_session, utc_now
from shared.messages.appointments import (
    BookVisit,
    CancelVisit,
    JoinWaitingList,
    OpenSession,
    OpenSite,
    RegisterSample,
    SampleDetails,
)
from shared.messages.gateway import OptOut
from shared.messages.matching import LaboratoryReport, PlanContact, RecordLaboratoryReport, RoundDue
from shared.messages.model import Message, seal_content, seal_picture
from shared.messages.outreach import Audience, PlanMeeting, RecordReply, StartNotice
from shared.messages.reports import (
    AddPhoto,
    FamilyWishes,
    RaiseConcern,
    Remark,
    RemovePhoto,
    SetSecondContact,
    SetStatus,
    SetWishes,
)
from shared.messages.subscriptions import PART_OF
from shared.messaging.deliveries import apply_batch
from shared.messaging.outbox import publish
from shared.messaging.parking import RetryPlan
from shared.messaging.relay_sql import FIRE_DUE
from shared.messaging.wire import Delivery
from shared.parts import Part
from shared.references import new_reference
from shared.sealing import keys
from shared.settings import Settings, settings
from tests.actors import family_of, staff_of
from tests.approving import approved, drafted
from tests.service.portal.courier import TAKE, handlers_of
from tests.service.reports.builders import a_contact, accepting

SERVICES = (
    ProjectorService, ReportsService, AppointmentsService, MatchingService, OutreachService, GatewayService,
)  # fmt: skip
STAFF, SECOND = UUID(int=1), UUID(int=2)


class System:
    """Six databases of a test's own, and what carries between them."""

    def __init__(self, database: Callable[[Part], sa.Engine]) -> None:
        self.engines = {part: database(part) for part in Part}
        name = self.engines[Part.PORTAL].url.database or ""
        self.settings: Settings = settings().model_copy(update={"database_prefix": name.removesuffix("portal")})
        self._routes = [(queue, handler) for service in SERVICES for queue, handler in handlers_of(service)]
        self.failed: list[str] = []

    def say(self, *messages: Message) -> None:
        """A door writes these into its outbox."""
        with open_session(self.engines[Part.PORTAL]) as db:
            for message in messages:
                publish(db, message)
            db.commit()

    def carry(self) -> int:
        """Carry messages until no outbox has any. Returns how many were carried."""
        carried = 0
        while rows := [row for part in Part for row in self._take(part)]:
            carried += len(rows)
            for row in rows:
                self.deliver(row)
        assert self.failed == [], self.failed
        return carried

    def carry_once(self, part: Part) -> None:
        """Carry what one part has said, and nothing that follows from it."""
        for row in self._take(part):
            self.deliver(row)

    def run(self, part: Part, statement: str, **values: object) -> None:
        """Change a database by hand."""
        with self.engines[part].begin() as db:
            db.execute(sa.text(statement), values)

    def count(self, part: Part, statement: str) -> int:
        """A statement's one number."""
        with self.engines[part].connect() as db:
            return db.execute(sa.text(statement)).scalar_one()

    def let_go(self) -> None:
        """Close every connection, as when the parts are stopped."""
        for engine in self.engines.values():
            engine.dispose()

    def _take(self, part: Part) -> list[sa.Row[tuple[object, ...]]]:
        with self.engines[part].begin() as db:
            db.exec_driver_sql(FIRE_DUE)
            return sorted(db.exec_driver_sql(TAKE).all(), key=lambda row: row.id)

    def deliver(self, row: sa.Row[tuple[object, ...]]) -> None:
        """Bring one message to everybody who hears it."""
        for queue, handler in self._routes:
            if row.routing_key == queue.name if row.exchange == "" else self._is_bound(row, queue):
                engine = self.engines[PART_OF[queue.consumer]]
                delivery = Delivery(queue.name, bytes(row.body), row.headers, str(row.message_id))
                outcome = apply_batch(lambda engine=engine: open_session(engine), handler, [delivery], RetryPlan((5,)))
                if {"to_retry", "parked"} & set(outcome.counts):
                    self.failed.append(handler.name)

    @staticmethod
    def _is_bound(row: sa.Row[tuple[object, ...]], queue: object) -> bool:
        return (row.exchange, row.routing_key) in queue.bindings  # type: ignore[attr-defined]


def a_lived_in_system(system: System) -> list[str]:
    """Families, visits, samples, a meeting, a notice with answers, a phone that stopped. Returns the references."""
    reports = [accepting(contact=a_contact(phone=f"+96477012345{n:02d}")) for n in range(4)]
    references = [report.reference for report in reports]
    contacts = [report.contact.contact for report in reports]
    site, session, visits = uuid4(), uuid4(), [uuid4(), uuid4()]
    starts_at = utc_now() + timedelta(days=9)
    system.say(
        *reports,
        OpenSite(actor=staff_of("mld"), site=site, name={"en": "Sinjar centre"}, governorate="IQ-NI"),
        OpenSession(
            actor=staff_of("mld"),
            session=session,
            site=site,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=4),
            capacity=9,
        ),
    )
    system.carry()
    system.say(
        SetStatus(actor=staff_of("mgd", STAFF), reference=references[0], status="registered"),
        *(
            BookVisit(actor=family_of(r), visit=v, reference=r, session=session, places=2, contact=c)
            for v, r, c in zip(visits, references, contacts, strict=False)
        ),
        *a_sample_with_its_result(site, references[:2]),
        JoinWaitingList(
            actor=family_of(references[3]),
            entry=uuid4(),
            reference=references[3],
            contact=contacts[3],
            places=1,
            session=session,
        ),
        PlanContact(actor=staff_of("mgd", STAFF), reference=references[2]),
        an_opt_out("+9647701234503"),
        *what_a_family_says(references[3]),
    )
    system.carry()
    # Who is held for the next round, by chance, is held once.
    system.say(CancelVisit(actor=family_of(references[1]), visit=visits[1]), RoundDue(round_at=utc_now()))
    system.carry()
    system.say(RoundDue(round_at=utc_now()))
    system.carry()
    a_notice_with_an_answer(system, references[0], contacts[0])
    return references


def what_a_family_says(reference: str) -> list[Message]:
    """Its wishes, the second phone that it trusts, a complaint, two photos of which it takes one back."""
    number, concern, photos = "+9647709999998", uuid4(), (uuid4(), uuid4())
    return [
        SetWishes(
            actor=family_of(reference),
            reference=reference,
            wishes=seal_content(FamilyWishes(when="not_yet"), reference),
        ),
        SetSecondContact(
            actor=family_of(reference),
            reference=reference,
            phone=keys().seal_for_gateway(number),
            phone_index=keys().phone_index(number),
        ),
        RaiseConcern(
            actor=family_of(reference),
            reference=reference,
            concern=concern,
            concern_kind="complaint",
            door="web",
            words=seal_content(Remark(text="لم يتصل بنا أحد"), str(concern)),
        ),
        *(
            AddPhoto(
                actor=family_of(reference),
                reference=reference,
                photo=photo,
                picture=seal_picture(b"\xff\xd8\xff", str(photo)),
                door="web",
            )
            for photo in photos
        ),
        RemovePhoto(actor=family_of(reference), reference=reference, photo=photos[0]),
    ]


def a_sample_with_its_result(site: UUID, references: list[str]) -> list[Message]:
    sample, report = uuid4(), uuid4()
    details = seal_content(SampleDetails(donor_name="زينب كاظم", relation="sister"), str(sample))
    result = LaboratoryReport(kind="result", laboratory_number="L1", barcode="SILA-000001", quality="ok", loci=21)
    registered = RegisterSample(
        actor=staff_of("mld", STAFF),
        sample=sample,
        donor=uuid4(),
        barcode="SILA-000001",
        references=references,
        site=site,
        taken_at=utc_now(),
        details=details,
    )
    content = seal_content(result, str(report))
    return [registered, RecordLaboratoryReport(actor=staff_of("mld"), laboratory_report=report, content=content)]


def an_opt_out(phone: str) -> OptOut:
    return OptOut(phone=keys().seal_for_gateway(phone), phone_index=keys().phone_index(phone), language="ar")


def a_notice_with_an_answer(system: System, reference: str, contact: UUID) -> None:
    meeting, notice = uuid4(), uuid4()
    drafter, plan = staff_of("mgd", STAFF), {"title": {"en": "Information"}, "place": {"en": "Hall"}}
    when = {"governorate": "IQ-NI", "starts_at": utc_now() + timedelta(days=3)}
    planned = PlanMeeting.model_validate({"actor": drafter, "meeting": meeting, **plan, **when})
    draft = drafted(planned, Audience(), notice)
    system.say(
        planned,
        draft,
        approved(planned, draft, staff_of("mgd", SECOND)),
        StartNotice(actor=drafter, notice=notice),
    )
    system.carry()
    system.say(RecordReply(actor=family_of(reference), contact=contact, notice=notice, answer="yes", people=3))
    system.carry()


def a_family(system: System) -> str:
    """One further family, carried everywhere. Returns its reference."""
    report = accepting(reference=new_reference(), contact=a_contact(phone="+9647709999999"))
    system.say(report)
    system.carry()
    return report.reference
