"""P2c: the audience of a notice is frozen by the outreach service, and queued; and what that costs as it grows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psutil
import psycopg
from sqlmodel import Session

from services.outreach.tables import Recipient
from shared.database import engine_of
from shared.messages.outreach import Audience, StartNotice
from shared.messaging.outbox import outbox_row
from shared.messaging.wire import headers_on_the_wire
from shared.parts import Part
from shared.settings import Settings
from tests.actors import staff_of
from tests.bench.earnest import environment, started
from tests.bench.figures import Figure, Goal, interleaved
from tests.bench.ground import Ground, await_that
from tests.bench.plain_pika import persistent

MANY, FEW = 1_000_000, 100_000
BY_ORM = 30_000
MB = 1024 * 1024
# Everybody is in one governorate or the other; a tenth in the first.
FILL = """
INSERT INTO audience_member (reference, version, contact, governorate, event, language, institution, samples,
    may_be_told)
SELECT lpad(n::text, 12, '0'), 1, gen_random_uuid(), CASE mod(n, 10) WHEN 0 THEN 'IQ-DA' ELSE 'IQ-NI' END, NULL, 'ar',
    'mgd', 0, true FROM generate_series(1, %s) AS n
"""
NOTICE = """
INSERT INTO notice (id, version, meeting, template, audience, institution, state, drafted_by, drafted_at, approved_by,
    is_automatic, asked, sent, words_digest)
VALUES (%s, 1, %s, 'townhall', %s::jsonb, 'mgd', 'approved', gen_random_uuid(), now(), gen_random_uuid(), false, 0, 0,
    repeat('0', 64))
"""
MEETING = """
INSERT INTO meeting (id, version, title, place, governorate, starts_at, time_zone, is_public, is_cancelled, institution,
    planned_by)
VALUES (%s, 1, '{"en": "Meeting"}', '{"en": "Hall"}', 'IQ-NI', %s, 'Asia/Baghdad', false, false, 'mgd',
    gen_random_uuid())
"""


@dataclass(slots=True)
class Town:
    """A million people who may be told, and what the service weighed most while it froze them."""

    ground: Ground
    settings: Settings
    variables: Mapping[str, str]
    most_mb: float = 0

    def connect(self) -> psycopg.Connection[Any]:
        """The outreach service's database."""
        url = self.settings.database_of(Part.OUTREACH).replace("postgresql+psycopg://", "postgresql://")
        return psycopg.connect(url, autocommit=True)

    def people(self) -> None:
        """Write them down."""
        with self.connect() as db:
            db.execute("TRUNCATE audience_member")
            db.execute(FILL, (MANY,))
            db.execute("VACUUM (ANALYZE) audience_member")

    def notice(self, audience: Audience) -> UUID:
        """An approved notice to some of them; nobody is frozen yet."""
        notice, meeting = uuid4(), uuid4()
        with self.connect() as db:
            db.execute("TRUNCATE recipient, outbox")
            db.execute(MEETING, (meeting, datetime.now(UTC) + timedelta(days=3)))
            db.execute(NOTICE, (notice, meeting, audience.model_dump_json()))
        return notice


def measure(ground: Ground) -> list[Figure]:
    """Recipients a second, the service's memory, and the cost of each when there are ten times as many."""
    settings = ground.settings.model_copy(update={"database_prefix": "earnest_"})
    town = Town(ground, settings, environment(ground))
    town.people()
    everybody, some = Audience(), Audience(governorates=["IQ-DA"])
    with started(("infra.runner", "outreach"), town.variables) as process:
        repeats = interleaved(
            {
                "ours": lambda: MANY / _start(town, process.pid, everybody),
                "fewer": lambda: FEW / _start(town, process.pid, some),
                "peer": lambda: _by_orm(town),
                "limit": lambda: _copied(town),
            }
        )
    each = {"ours": [1e6 / rate for rate in repeats["ours"]], "limit": [1e6 / rate for rate in repeats["fewer"]]}
    note = f"{MANY:,} people, from the command to start until its effect is committed; peer: the ORM's add_all."
    return [
        Figure(
            "P2c", "An audience is frozen and queued", "recipients/s", Goal(to_limit=0.5),
            {way: repeats[way] for way in ("ours", "peer", "limit")}, f"{note} Limit: COPY of the finished rows.",
        ),
        Figure(
            "P2c/memory", "The service's memory meanwhile, at most (PSS)", "MB", Goal(value=200, less_is_better=True),
            {"ours": [town.most_mb]}, note,
        ),
        Figure(
            "P2c/growth", "Each recipient's cost when there are ten times as many", "µs",
            Goal(to_limit=1.3, less_is_better=True), each, f"Limit: with {FEW:,} recipients.",
            {"ours": [(FEW, median(each["limit"])), (MANY, median(each["ours"]))]},
        ),
    ]  # fmt: skip


def _start(town: Town, pid: int, audience: Audience) -> float:
    """Seconds from the command to start until the audience is frozen."""
    notice = town.notice(audience)
    row = outbox_row(StartNotice(actor=staff_of("mgd", uuid4()), notice=notice), datetime.now(UTC))
    properties = persistent(str(row.id))
    properties.headers = headers_on_the_wire(row.headers, int(time.time() * 1e6))
    process = psutil.Process(pid)
    with town.ground.channel() as channel, town.connect() as db:
        await_that(lambda: channel.queue_declare("outreach.start_notice", passive=True).method.consumer_count > 0)
        begun = time.perf_counter()
        channel.basic_publish(row.exchange, row.routing_key, row.body, properties)

        def is_running() -> bool:
            memory = process.memory_full_info()
            town.most_mb = max(town.most_mb, getattr(memory, "pss", memory.rss) / MB)
            found = db.execute("SELECT asked > 0 FROM notice WHERE id = %s AND state = 'running'", (notice,)).fetchone()
            return found == (True,)

        await_that(is_running, pause_s=0.02)
        return time.perf_counter() - begun


def _copied(town: Town) -> float:
    notice = town.notice(Audience())
    with town.connect() as db:
        rows = db.execute("SELECT contact FROM audience_member ORDER BY contact").fetchall()
        lines = "".join(f"{notice}\t{contact}\n" for (contact,) in rows).encode()
        begun = time.perf_counter()
        with db.cursor().copy("COPY recipient (notice, contact) FROM STDIN") as copy:
            copy.write(lines)
        return MANY / (time.perf_counter() - begun)


def _by_orm(town: Town) -> float:
    notice = town.notice(Audience())
    contacts = sorted(uuid4() for _ in range(BY_ORM))
    begun = time.perf_counter()
    with Session(engine_of(Part.OUTREACH, town.settings)) as db:
        db.add_all(Recipient(notice=notice, contact=contact) for contact in contacts)
        db.commit()
    return BY_ORM / (time.perf_counter() - begun)
