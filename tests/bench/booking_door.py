"""P3/door: the same 2,000 families for 500 places, through outbox, broker, handler and projector, as a page asks."""

import asyncio
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import quantiles
from uuid import UUID, uuid4

import psycopg

from portal.database import Database, conninfo
from portal.outcomes import Outcomes, ask
from shared.database import engine_of, open_session
from shared.messages.appointments import BookVisit, VisitBooked
from shared.messages.subscriptions import queues_of
from shared.parts import Part
from shared.references import new_reference
from shared.settings import Settings
from tests.actors import family_of
from tests.bench.booking import CLIENTS, PLACES, SESSIONS, open_sessions
from tests.bench.earnest import environment, started
from tests.bench.figures import ROUNDS, Figure, Goal, Repeats
from tests.bench.ground import Ground, await_that

PARTS = ("relay", "appointments", "projector")
LONGEST_S = 120.0
AT_ONCE = 64
"""Pages that are open at a time."""


def measure(ground: Ground) -> list[Figure]:
    """Wishes settled in a second, and how long a family waits for its outcome."""
    variables = environment(ground)
    own = ground.settings.model_copy(update={"database_prefix": variables["SILA_DATABASE_PREFIX"]})
    rates: Repeats = {"ours": []}
    middle: Repeats = {"ours": []}
    slowest: Repeats = {"ours": []}
    with ExitStack() as stack:
        for part in PARTS:
            stack.enter_context(started(("infra.runner", part), variables))
        await_that(lambda: _are_read(ground))
        for _ in range(ROUNDS):
            seconds, times = asyncio.run(_crowd(own, _opened(own)))
            rates["ours"].append(CLIENTS / seconds)
            middle["ours"].append(quantiles(times, n=100)[49] * 1000)
            slowest["ours"].append(quantiles(times, n=100)[98] * 1000)
    note = (
        f"{CLIENTS} families, {AT_ONCE} pages at a time, ask for {PLACES} places: asked in the portal's database,"
        " carried to the service and back, until the page that waits sees the outcome. No peer does this."
    )
    title = "Booking through the door"
    return [
        Figure("P3/door", f"{title}: wishes settled", "wishes/s", Goal(), rates, note),
        Figure("P3/door/median", f"{title}: half of all wait less", "ms", Goal(), middle, note),
        Figure("P3/door/p99", f"{title}: the slowest in a hundred", "ms", Goal(), slowest, note),
    ]


def _are_read(ground: Ground) -> bool:
    names = [queue.name for consumer in PARTS[1:] for queue in queues_of(consumer)]
    with ground.channel() as channel:
        return all(channel.queue_declare(name, passive=True).method.consumer_count for name in names)


def _opened(own: Settings) -> list[UUID]:
    """Sessions that the portal knows of."""
    engine = engine_of(Part.APPOINTMENTS, own)
    with open_session(engine) as db:
        sessions = open_sessions(db)
        db.commit()
    engine.dispose()
    known = "SELECT count(*) FROM collection_session WHERE session = ANY(%s)"
    with psycopg.connect(conninfo(own), autocommit=True) as portal:
        await_that(lambda: _count(portal, known, sessions) == SESSIONS)
    return sessions


def _count(db: psycopg.Connection[tuple[int]], query: str, sessions: list[UUID]) -> int:
    row = db.execute(query, (sessions,)).fetchone()
    return row[0] if row else 0


async def _crowd(own: Settings, sessions: list[UUID]) -> tuple[float, list[float]]:
    """Everybody asks, as soon as a page is free. Returns the seconds until all were settled, and each family's own."""
    database = Database(own)
    outcomes = Outcomes(database)
    await database.open()
    await outcomes.start()
    try:
        begun, gate = time.perf_counter(), asyncio.Semaphore(AT_ONCE)
        asked = [_one(gate, database, outcomes, sessions[number % SESSIONS]) for number in range(CLIENTS)]
        settled = await asyncio.gather(*asked)
        seconds = time.perf_counter() - begun
    finally:
        await outcomes.stop()
        await database.close()
    states = [state for state, _ in settled]
    assert states.count("done") == PLACES
    assert states.count("refused") == CLIENTS - PLACES
    return seconds, [waited for _, waited in settled]


async def _one(gate: asyncio.Semaphore, database: Database, outcomes: Outcomes, session: UUID) -> tuple[str, float]:
    reference = new_reference()
    wish = BookVisit(
        actor=family_of(reference),
        visit=uuid4(),
        reference=reference,
        session=session,
        places=1,
        contact=uuid4(),
    )
    async with gate:
        begun = time.perf_counter()
        async with database.transaction() as cursor:
            command = await ask(cursor, wish, datetime.now(UTC), settled_by=VisitBooked, contact=wish.contact)
        outcome = await outcomes.wait_for(command, LONGEST_S)
        return outcome.state, time.perf_counter() - begun
