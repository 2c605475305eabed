"""P3: 2,000 families for 500 places at 20 sessions: our rule beside Django's `select_for_update`.

Ours as the bus calls it: what has arrived, up to `MOST_TOGETHER` wishes, is booked in one transaction, with visits,
events, texts and reminders written; a service has one such batch in hand. The peer, on 16 connections, takes a row's
lock, looks, and writes a visit and the count; no message.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from services.appointments.booking import MOST_TOGETHER, book_visits
from services.appointments.sessions import open_session as open_collection
from services.appointments.sites import open_site
from services.appointments.visits import PlannedVisit
from shared.database import engine_of, open_session
from shared.messages.appointments import BookVisit, OpenSession, OpenSite
from shared.parts import Part
from shared.references import new_reference
from shared.schema import migrate
from tests.actors import family_of, staff_of
from tests.bench.figures import ROUNDS, Figure, Goal, Repeats
from tests.bench.ground import Ground

CLIENTS, PLACES, SESSIONS, CONNECTIONS = 2000, 500, 20, 16
Run = tuple[float, float]
"""Wishes answered in a second, and the 99th percentile of the time (ms) until one is."""


def measure(ground: Ground) -> list[Figure]:
    """The rule's throughput and its slowest answers, with nothing oversold in any run."""
    engine = _own_database(ground)
    ways: dict[str, Callable[[], Run]] = {"ours": lambda: _ours(engine), "peer": lambda: _django(ground)}
    rates: Repeats = {way: [] for way in ways}
    slowest: Repeats = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            rate, p99_ms = run()
            rates[way].append(rate)
            slowest[way].append(p99_ms)
    engine.dispose()
    note = f"{CLIENTS} wishes for {PLACES} places at {SESSIONS} sessions, in batches of {MOST_TOGETHER}."
    peer = f"{note} Peer: Django, select_for_update, {CONNECTIONS} connections, no messages."
    return [
        Figure("P3", "Booking: wishes answered", "wishes/s", Goal(to_peer=5), rates, peer),
        Figure("P3/p99", "Booking: slowest answers", "ms", Goal(to_peer=0.25, less_is_better=True), slowest, peer),
    ]


def _own_database(ground: Ground) -> sa.Engine:
    settings = ground.settings.model_copy(update={"database_prefix": "booking_", "workers": CONNECTIONS})
    migrate(settings, Part.APPOINTMENTS)
    return engine_of(Part.APPOINTMENTS, settings)


def _ours(engine: sa.Engine) -> Run:
    with open_session(engine) as db:
        sessions = open_sessions(db)
        db.commit()
    wishes = [
        BookVisit(
            actor=family_of(reference),
            visit=uuid4(),
            reference=reference,
            session=sessions[n % SESSIONS],
            places=1,
            contact=uuid4(),
        )
        for n, reference in enumerate(new_reference() for _ in range(CLIENTS))
    ]
    batches = [wishes[n : n + MOST_TOGETHER] for n in range(0, CLIENTS, MOST_TOGETHER)]
    started = time.perf_counter()
    answered = [_book(engine, batch) for batch in batches]
    seconds = time.perf_counter() - started
    assert sum(booked for booked, _ in answered) == PLACES, "as many are booked as there are places"
    times = [ms for (_, ms), batch in zip(answered, batches, strict=True) for _ in batch]
    return CLIENTS / seconds, quantiles(times, n=100)[98]


def _book(engine: sa.Engine, batch: Sequence[BookVisit]) -> tuple[int, float]:
    started = time.perf_counter()
    with open_session(engine) as db:
        answers = book_visits(db, batch)
        db.commit()
    return sum(isinstance(answer, PlannedVisit) for answer in answers), (time.perf_counter() - started) * 1000


def open_sessions(db: Session) -> list[UUID]:
    """A site with a run's sessions, which have all the places together."""
    site, starts_at = uuid4(), datetime.now(UTC) + timedelta(days=400)
    open_site(db, OpenSite(actor=staff_of("mld"), site=site, name={"en": "Mosul centre"}, governorate="IQ-NI"))
    opened = [uuid4() for _ in range(SESSIONS)]
    for session in opened:
        ends_at = starts_at + timedelta(hours=5)
        asked = OpenSession(
            actor=staff_of("mld"),
            session=session,
            site=site,
            starts_at=starts_at,
            ends_at=ends_at,
            capacity=PLACES // SESSIONS,
        )
        open_collection(db, asked)
    return opened


def _django(ground: Ground) -> Run:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.django_booking"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rate, p99_ms, booked = done.stdout.split()[-3:]
    assert int(booked) == PLACES
    return float(rate), float(p99_ms)
