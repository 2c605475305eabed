"""What is asked for while everything breaks: the campaign, bookings, additions to files, reports, texts from phones."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from infra.demo.places import SITES
from shared.database import utc_now
from shared.messages.appointments import BookVisit, CancelVisit, OpenSession, VisitBooked, VisitCancelled
from shared.messages.model import seal_content
from shared.messages.outreach import Audience, PlanMeeting, StartNotice
from shared.messages.report_content import (
    ConsentGiven,
    Disappearance,
    MissingPerson,
    ReportContent,
    Reporter,
    WrittenName,
)
from shared.messages.reports import AddToReport, ReportChanged
from shared.parts import Part
from tests.actors import family_of, staff_of
from tests.approving import approved, drafted
from tests.chaos.asked import Asked, Booking, Family
from tests.chaos.doors import Doors
from tests.chaos.ground import Ground
from tests.chaos.size import Size, spread

INBOUND = ("STATUS", "STATUS", "HELP", "VISIT", "YES 2", "BOOK 1", "STOP", "حالة")
STATE_OF_NOTICE = "SELECT state, asked, sent FROM notice WHERE id = %s"
LATEST_DONE = "SELECT command_id FROM outcome WHERE state = 'done' AND command_id = ANY(%s)"


class Work:
    """All that is asked for in a run, each kind in a thread of its own, spread over the campaign's time."""

    def __init__(self, ground: Ground, doors: Doors, size: Size, seed: int) -> None:
        self._ground, self._doors, self._size = ground, doors, size
        self.asked: Asked = doors.asked
        self._rng = {kind: random.Random(f"{seed}:{kind}") for kind in ("bookings", "additions", "reports", "inbound")}
        self.notice = uuid4()
        self.sessions: dict[UUID, int] = {}
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self.problems: list[BaseException] = []

    # Before the first fault: places, a meeting, a notice approved by a second person

    def prepare(self) -> None:
        """Open sites and sessions with fewer places than are wanted; plan the meeting; draft and approve the notice."""
        for site in SITES:
            self._doors.tell(site)
        rng = self._rng["bookings"]
        for number in range(self._size.sessions):
            self._open_session(
                number, max(2, round(rng.uniform(0.4, 0.9) * 2.5 * self._size.bookings / self._size.sessions))
            )
        known = "SELECT count(*) FROM collection_session"
        self._await(lambda: self._ground.rows(Part.PORTAL, known)[0][0] >= len(self.sessions), "sessions at the portal")
        self._draft()

    def _open_session(self, number: int, capacity: int) -> None:
        starts = utc_now() + timedelta(days=6 + number % 20)
        session = OpenSession(
            actor=staff_of("mld"),
            session=uuid4(),
            site=SITES[number % 3].site,
            starts_at=starts,
            ends_at=starts + timedelta(hours=5),
            capacity=min(capacity, 2000),
        )
        self.sessions[session.session] = session.capacity
        self._ground.tend(0)
        self._doors.tell(session)

    def _draft(self) -> None:
        meeting, planner, second = uuid4(), uuid4(), uuid4()
        place: dict[Any, str] = dict.fromkeys(("ar", "ckb", "kmr-Arab", "kmr", "en"), self.asked.token)
        plan = PlanMeeting(
            actor=staff_of("mgd", planner),
            meeting=meeting,
            title=place,
            place=place,
            governorate="IQ-NI",
            starts_at=utc_now() + timedelta(days=21),
        )
        self._doors.tell(plan)
        self._await(
            lambda: bool(self._ground.rows(Part.OUTREACH, "SELECT 1 FROM meeting WHERE id = %s", meeting)), "a meeting"
        )
        draft = drafted(plan, Audience(institutions=["mgd", "ihchr"]), self.notice)
        self._doors.tell(draft)
        self._await(lambda: self._state() == "draft", "a draft")
        self._doors.tell(approved(plan, draft, staff_of("mgd", second)))
        self._await(lambda: self._state() == "approved", "an approval")

    def _state(self) -> str:
        found = self._ground.rows(Part.OUTREACH, STATE_OF_NOTICE, self.notice)
        return found[0][0] if found else ""

    def _await(self, condition: Callable[[], bool], what: str, limit_s: float = 120) -> None:
        ends = time.monotonic() + limit_s
        while not condition():
            self._ground.tend(0.2)
            if time.monotonic() > ends:
                raise TimeoutError(f"waited {limit_s:.0f} s for {what}")

    # While everything breaks

    def begin(self) -> None:
        """Start the campaign and everything beside it."""
        self._doors.tell(StartNotice(actor=staff_of("mgd", uuid4()), notice=self.notice))
        self._await(lambda: self._state() in ("running", "done"), "the notice to start")
        chosen = self._choose()
        self._spawn("bookings", chosen["bookings"], self._book)
        self._spawn("additions", chosen["additions"], self._add)
        self._spawn("inbound", chosen["inbound"], self._text)
        self._spawn("reports", range(self._size.reports), self._report)
        self._threads.append(
            threading.Thread(target=self._guarded, args=(self._cancel_some,), name="cancelling", daemon=True)
        )
        for thread in self._threads:
            thread.start()

    @property
    def is_over(self) -> bool:
        """Whether everything has been asked for, and the notice has been given to the gateway whole."""
        return not any(t.is_alive() for t in self._threads if t.name != "cancelling")

    def end(self) -> None:
        """Ask for nothing more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.problems:
            raise self.problems[0]

    def _choose(self) -> dict[str, list[Family]]:
        """Families with a part each, so that what a phone is owed can be told."""
        size, rng = self._size, self._rng["inbound"]
        mixed = rng.sample(self.asked.families, len(self.asked.families))
        bookers, writers = mixed[: size.bookings], mixed[size.bookings : size.bookings + size.inbound]
        adding = mixed[size.bookings + size.inbound :][: max(10, size.additions // 3)]
        return {
            "bookings": bookers,
            "inbound": writers,
            "additions": [rng.choice(adding) for _ in range(size.additions)],
        }

    def _spawn(self, kind: str, items: Sequence[Any], act: Callable[[random.Random, Any], None]) -> None:
        rng = self._rng[kind]
        moments = spread(rng, len(items), self._size.campaign_s)

        def run() -> None:
            begun = time.monotonic()
            for moment, item in zip(moments, items, strict=True):
                if self._stop.wait(max(0.0, begun + moment - time.monotonic())):
                    return
                act(rng, item)

        self._threads.append(threading.Thread(target=self._guarded, args=(run,), name=kind, daemon=True))

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as problem:
            self.problems.append(problem)
            raise

    def _book(self, rng: random.Random, family: Family) -> None:
        session = rng.choice(list(self.sessions))
        visit = BookVisit(
            actor=family_of(family.reference),
            visit=uuid4(),
            reference=family.reference,
            session=session,
            places=rng.randint(1, 4),
            contact=family.contact,
        )
        command = self._doors.tell(visit, settled_by=VisitBooked, family=family)
        self.asked.bookings.append(Booking(family, command, visit.visit, session, visit.places))
        self.asked.owe(family.phone)

    def _cancel_some(self) -> None:
        """Every sixth family that was told of its places gives them back, so that others may have them."""
        rng, seen = random.Random(str(self.notice)), set[UUID]()
        while not self._stop.wait(2.0):
            waiting = {b.command: b for b in list(self.asked.bookings) if b.command not in seen}
            for (command,) in self._read_done(list(waiting)):
                seen.add(command)
                if rng.random() < 1 / 6:
                    self._cancel(waiting[command])

    def _read_done(self, commands: list[UUID]) -> list[tuple[Any, ...]]:
        try:
            return self._ground.rows(Part.PORTAL, LATEST_DONE, commands)
        except Exception:  # the database is being killed just now: look again in a moment
            return []

    def _cancel(self, booking: Booking) -> None:
        command = self._doors.tell(
            CancelVisit(actor=family_of(booking.family.reference), visit=booking.visit),
            settled_by=VisitCancelled,
            family=booking.family,
        )
        self.asked.cancelled[command] = booking.visit
        self.asked.owe(booking.family.phone)

    def _add(self, rng: random.Random, family: Family) -> None:
        word = f"{rng.getrandbits(64):x}"
        content = ReportContent(
            person=MissingPerson(names=[WrittenName(raw=f"Added {word}")], description=word),
            event=Disappearance(),
            reporter=Reporter(),
            consent=ConsentGiven(keep=True),
        )
        command = AddToReport(
            actor=family_of(family.reference),
            reference=family.reference,
            content=seal_content(content, family.reference),
        )
        self.asked.addition_commands.append(self._doors.tell(command, settled_by=ReportChanged))
        self.asked.additions[family.reference] += 1

    def _text(self, rng: random.Random, family: Family) -> None:
        body = rng.choice(INBOUND)
        self.asked.inbound[self._doors.text(family.phone, body)] = family.phone
        if body.startswith("BOOK"):
            self.asked.inbound[self._doors.text(family.phone, "1")] = family.phone

    def _report(self, rng: random.Random, number: int) -> None:
        phone = f"+96478{number:08d}"
        report = {
            "person": {"names": [{"raw": f"Chaos {rng.getrandbits(40):x} Example"}]},
            "reporter": {"phone": phone, "phone_verified": True, "language": "en", "relation": "brother"},
            "consent": {"keep": True, "contact": ["sms"]},
        }
        self.asked.reports[self._doors.report(f"chaos-{number}", report)] = phone
        self.asked.owe(phone)
