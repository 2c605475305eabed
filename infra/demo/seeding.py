"""`sila seed`: demo data, through the same messages as real data, so that every part knows it in its own way."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

from infra.demo.audience import families
from infra.demo.cases import CASES, DemoCase
from infra.demo.institutions import API_KEYS, INSTITUTIONS, KINDS, STAFF
from infra.demo.places import SITES, demo_id, meeting, sessions
from portal import accounts
from portal.accounts import NewStaff
from portal.institution_kinds import Kind
from portal.pins import hash_of_pin
from shared.database import utc_now
from shared.messages.matching import AssignContactPerson, MeetingAccount, PlanContact, RecordMeeting
from shared.messages.model import Actor, Message, seal_content
from shared.messages.outreach import ApprovePublication
from shared.messages.reports import AcceptReport, ContactDetails, SetStatus, WithdrawReport
from shared.messaging.outbox import WRITE, outbox_row, write_parameters
from shared.messaging.rpc import StaffReads
from shared.parts import Process
from shared.references import new_reference
from shared.sealing import keys
from shared.settings import Settings

Tell = Callable[[str], None]

FILES_OF: LiteralString = "SELECT count(*) FROM family_file WHERE reference = ANY(%s)"
SITES_OF: LiteralString = "SELECT count(*) FROM site WHERE site = ANY(%s)"


class SeedingFailed(Exception):
    """The demo did not come to be in time; the message says what was waited for."""


@dataclass(frozen=True, slots=True)
class SeededCase:
    """A demo case under its reference."""

    case: DemoCase
    reference: str
    pin: str


class Seeding:
    """One seeding: writes as the portal does, and waits for what the parts make of it."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self.settings, self.tell = settings, tell
        self.db = accounts.connect(settings)
        self.run = secrets.token_hex(4)

    def is_done(self, file: Path) -> bool:
        """Whether the demo of a former seeding is still there."""
        if not file.exists():
            return False
        references = [c["reference"] for c in json.loads(file.read_text())["cases"]]
        return self._count_files(references) == len(references)

    def seed_cases(self, file: Path) -> None:
        """Make accounts, places and cases, and write the demo's file. Raises SeedingFailed."""
        self.tell("accounts and keys")
        staff, api_keys = self._accounts()
        by = {s.roles[0].value: s.staff for s in reversed(staff)}
        self._open_places(by)
        self.tell(f"{len(CASES)} cases")
        seeded = [self._accept(case) for case in CASES]
        self._wait_for_files([s.reference for s in seeded])
        self._move_on(seeded, by)
        write_demo_file(file, self.settings, seeded, staff, api_keys)

    def _open_places(self, by: dict[str, UUID]) -> None:
        """Sites first: a session that came before its site would be refused."""
        self.tell("collection sites and sessions")
        self._publish([*SITES, meeting(utc_now(), by["outreach"])])
        sites = [site.site for site in SITES]
        self._wait("the sites", lambda: self._count(SITES_OF, sites) == len(sites))
        self._publish(sessions(utc_now()))
        self._list_meeting()

    def _list_meeting(self) -> None:
        """A second person lets the meeting be listed, as it reads on its page."""
        number = str(demo_id("meeting:mosul"))

        def planned() -> dict[str, Any]:
            return next((m for m in self._read("outreach", "meetings", institution="mgd") if m["id"] == number), {})

        self._wait("the meeting", lambda: bool(planned()))
        second = Actor(institution="mgd", staff=demo_id("staff:outreach3"))
        self._publish([ApprovePublication(meeting=UUID(number), digest=planned()["digest"], actor=second)])

    def seed_families(self, count: int) -> int:
        """Make so many further families, those that are missing. Returns how many. Raises SeedingFailed."""
        wanted = {keys().phone_index(case.phone): case for case in families(count)}
        for (index,) in self.db.execute("SELECT phone_index FROM contact WHERE phone_index = ANY(%s)", (list(wanted),)):
            wanted.pop(index)
        if wanted:
            self.tell(f"{len(wanted)} further families")
        further = [self._accept(case, with_pin=False) for case in wanted.values()]
        self._wait_for_files([s.reference for s in further], limit_s=600)
        return len(further)

    # Accounts

    def _accounts(self) -> tuple[list[NewStaff], dict[str, str]]:
        for institution, name in INSTITUTIONS.items():
            accounts.put_institution(self.db, institution, name, KINDS.get(institution, (Kind.TAKES_REPORTS,)))
        staff = [
            accounts.add_staff(
                self.db,
                f"{who}@{institution}.example",
                who,
                [role],
                institution,
                demo_id(f"staff:{who}"),
            )
            for who, institution, role in STAFF
        ]
        api_keys = {i: accounts.add_api_key(self.db, i, scopes) for i, scopes in API_KEYS.items()}
        self.db.commit()
        return staff, api_keys

    # Cases

    def _accept(self, case: DemoCase, *, with_pin: bool = True) -> SeededCase:
        reference, pin = self._allocate(case.institution), f"{secrets.randbelow(10**6):06d}"
        if with_pin:
            self.db.execute("INSERT INTO pin (reference, pin_hash) VALUES (%s, %s)", (reference, hash_of_pin(pin)))
        details = ContactDetails(
            contact=demo_id(f"contact:{reference}"),
            phone=keys().seal_for_gateway(case.phone),
            phone_index=keys().phone_index(case.phone),
            is_verified=True,
            language=case.language,
            detail=case.detail,  # pyright: ignore[reportArgumentType]
            is_demo=True,
        )
        command = AcceptReport(
            reference=reference,
            content=seal_content(case.content(), reference),
            contact=details,
            actor=_officer(case),
            channel="import" if not with_pin else "desk",
        )
        self._publish([command])
        return SeededCase(case, reference, pin)

    def _allocate(self, institution: str) -> str:
        while True:
            reference = new_reference()
            put = "INSERT INTO reference_allocation (reference, institution) VALUES (%s, %s) ON CONFLICT DO NOTHING"
            if self.db.execute(put, (reference, institution)).rowcount:
                return reference

    def _move_on(self, seeded: Sequence[SeededCase], by: dict[str, UUID]) -> None:
        """Take each case through its steps, one round after the other: a step waits for the one before."""
        for number in range(max(len(c.case.steps) for c in seeded)):
            moving = [c for c in seeded if number < len(c.case.steps)]
            for each in moving:
                self._publish([self._step(each, each.case.steps[number], by)])
            for each in moving:
                self._wait(
                    f"a case to become {each.case.steps[number]}", lambda c=each, n=number: self._has_become(c, n)
                )

    def _step(self, seeded: SeededCase, status: str, by: dict[str, UUID]) -> Message:
        match status:
            case "please_contact_us":
                return PlanContact(reference=seeded.reference, actor=_officer(seeded.case))
            case "with_your_contact_person":
                return self._meet(seeded, by["case_manager"])
            case "closed_at_family_request":
                return WithdrawReport(reference=seeded.reference, actor=_officer(seeded.case))
            case _:
                return SetStatus(
                    reference=seeded.reference,
                    status=status,  # pyright: ignore[reportArgumentType]
                    actor=_officer(seeded.case),
                )

    def _meet(self, seeded: SeededCase, manager: UUID) -> Message:
        asked = {"reference": seeded.reference, "institution": seeded.case.institution}
        actor = Actor(institution=seeded.case.institution, staff=manager)
        request = UUID(self._read("matching", "call_desk", **asked)["contact_request"])
        self._publish([AssignContactPerson(contact_request=request, case_manager=manager, actor=actor)])

        def is_assigned() -> bool:
            return bool(self._read("matching", "call_desk", **asked)["case_manager"])

        self._wait("a contact person to be assigned", is_assigned)
        account = MeetingAccount(met_at=utc_now(), place="at home", support_present=True)
        return RecordMeeting(contact_request=request, account=seal_content(account, str(request)), actor=actor)

    def _read(self, service: str, method: str, **arguments: Any) -> Any:
        reads = StaffReads(self.settings, size=1, timeout_s=10)
        try:
            return asyncio.run(reads.call(service, method, **arguments))
        finally:
            reads.close()

    # Writing and waiting

    def _publish(self, messages: Iterable[Message]) -> None:
        rows = [outbox_row(m, utc_now()) for m in messages]
        self.db.execute(WRITE, write_parameters(rows))
        self.db.commit()

    def _wait_for_files(self, references: list[str], limit_s: float = 60) -> None:
        self._wait(f"{len(references)} reports", lambda: self._count_files(references) == len(references), limit_s)

    def _count_files(self, references: list[str]) -> int:
        return self._count(FILES_OF, references)

    def _count(self, query: LiteralString, ids: list[Any]) -> int:
        row = self.db.execute(query, (ids,)).fetchone()
        self.db.rollback()
        return row[0] if row else 0

    def _has_become(self, seeded: SeededCase, number: int) -> bool:
        row = self.db.execute("SELECT status FROM family_file WHERE reference = %s", (seeded.reference,)).fetchone()
        self.db.rollback()
        return row is not None and row[0] == seeded.case.steps[number]

    def _wait(self, what: str, condition: Callable[[], bool], limit_s: float = 90) -> None:
        end = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > end:
                raise SeedingFailed(f"waited {limit_s:.0f} s for {what}")
            time.sleep(0.2)


def _officer(case: DemoCase) -> Actor:
    """Who acts on a demo case for the institution that took its report."""
    officers = {"mgd": "intake", "ihchr": "intake2"}
    return Actor(institution=case.institution, staff=demo_id(f"staff:{officers.get(case.institution, 'intake')}"))


def write_demo_file(
    file: Path, settings: Settings, cases: Sequence[SeededCase], staff: Sequence[NewStaff], api_keys: dict[str, str]
) -> None:
    """Write `.local/demo.json` (design §5), for its owner's eyes only."""
    content = {
        "base_url": settings.base_url,
        "carrier_url": settings.twilio_api_base_url,
        "twilio": {
            "account_sid": settings.twilio_account_sid,
            "auth_token": settings.twilio_auth_token.get_secret_value(),
            "number": settings.twilio_number,
        },
        "cases": [
            {
                "reference": c.reference,
                "phone": c.case.phone,
                "language": c.case.language,
                "pin": c.pin,
                "status": c.case.status,
            }
            for c in cases
        ],
        "staff": [
            {
                "email": s.email,
                "password": s.password,
                "totp_secret": s.totp_secret,
                "role": s.roles[0].value,
                "institution": s.institution,
            }
            for s in staff
        ],
        "api_keys": [{"institution": i, "key": k} for i, k in api_keys.items()],
        "targets": [
            {"part": p.value, "metrics_url": f"http://127.0.0.1:{settings.metrics_port_of(p)}/metrics"} for p in Process
        ],
    }
    beside = file.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    beside.replace(file)


def seed(settings: Settings, file: Path, families_count: int, tell: Tell) -> bool:
    """Seed what is not there yet. Returns whether something was made. Raises SeedingFailed."""
    seeding = Seeding(settings, tell)
    try:
        has_cases = seeding.is_done(file)
        if not has_cases:
            seeding.seed_cases(file)
        return bool(seeding.seed_families(families_count)) or not has_cases
    finally:
        seeding.db.close()
