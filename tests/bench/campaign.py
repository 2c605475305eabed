"""A campaign, from the batches in the broker through the real gateway to a carrier; and the same by Celery."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from urllib.request import urlopen
from uuid import UUID, uuid4

import psycopg

from infra.local.ports import free_ports
from shared.messages.gateway import SendBatch, Template
from shared.messages.model import Lane
from shared.messaging.outbox import outbox_row
from shared.messaging.wire import headers_on_the_wire
from shared.parts import Part
from shared.sealing import Purpose, keys
from tests.approving import words_digest
from tests.bench.earnest import started
from tests.bench.ground import Ground, await_that
from tests.bench.plain_pika import Pipelined, persistent

BATCH = 100
CELERY = ("celery", "-A", "tests.bench.celery_texts", "worker", "--pool", "prefork", "--loglevel", "ERROR")
CELERY += ("--without-gossip", "--without-mingle", "--without-heartbeat")
PLACE = {"ar": "قاعة المركز الثقافي، سنجار", "en": "The cultural centre's hall, Sinjar"}


@dataclass(frozen=True, slots=True)
class Campaign:
    """A run's servers, and how long its carrier thinks."""

    ground: Ground
    variables: Mapping[str, str]
    wait_s: float

    @property
    def conninfo(self) -> str:
        """The gateway's database."""
        own = self.ground.settings.model_copy(update={"database_prefix": self.variables["SILA_DATABASE_PREFIX"]})
        return own.database_of(Part.GATEWAY).replace("postgresql+psycopg://", "postgresql://")


def through_the_gateway(campaign: Campaign, count: int, *, processes: int) -> float:
    """Texts a second, from a tenth to nine tenths of them as the carrier counts; each handed over once."""
    _fill_address_book(campaign, contacts := [uuid4() for _ in range(count)])
    with _carrier(campaign) as (variables, carrier_url), ExitStack() as stack:
        _queue_batches(campaign.ground, contacts)
        for number in range(processes):
            own = {**variables, "SILA_METRICS_PORT": str(int(variables["SILA_METRICS_PORT"]) + 20 * number)}
            stack.enter_context(started(("infra.runner", "gateway"), own))
        rate = _rate(carrier_url, count)
        await_that(lambda: _handed_over(campaign) == count)
        assert _taken(carrier_url) == {"texts": count, "phones": count}
    return rate


def by_celery(campaign: Campaign, count: int, *, processes: int) -> float:
    """Texts a second by Celery, a task for each."""
    texts = [(str(uuid4()), _phone(number), "x" * 100) for number in range(count)]
    with _carrier(campaign) as (variables, carrier_url), campaign.ground.connect() as db:
        _queue_tasks(db, texts)
        own = {**variables, "SILA_DATABASE_PREFIX": campaign.ground.settings.database_prefix}
        with started((*CELERY, "--concurrency", str(processes)), own):
            rate = _rate(carrier_url, count)
            await_that(lambda: _stored(db) == count)
    return rate


@contextmanager
def _carrier(campaign: Campaign) -> Iterator[tuple[dict[str, str], str]]:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    variables = {
        **campaign.variables,
        "TWILIO_API_BASE_URL": url,
        "SILA_QUIET_HOURS": "false",
        "SILA_CARRIER_SEGMENTS_PER_S": "1000000",
        "SILA_CARRIER_CONCURRENCY": "400" if campaign.wait_s else "16",
    }
    with started(("tests.bench.instant_carrier", str(port), str(campaign.wait_s)), variables):
        await_that(lambda: _is_open(url))
        yield variables, url


def _is_open(url: str) -> bool:
    try:
        return bool(_taken(url))
    except OSError:
        return False


def _taken(url: str) -> dict[str, int]:
    with urlopen(f"{url}/taken", timeout=30) as answer:
        return json.load(answer)


def _rate(url: str, count: int) -> float:
    await_that(lambda: _taken(url)["texts"] >= count * 0.1, pause_s=0.02)
    first, begun = _taken(url)["texts"], perf_counter()
    await_that(lambda: _taken(url)["texts"] >= count * 0.9, pause_s=0.02)
    return (_taken(url)["texts"] - first) / (perf_counter() - begun)


# What stands before a run


def _phone(number: int) -> str:
    return f"+96477{number:08d}"


def _fill_address_book(campaign: Campaign, contacts: list[UUID]) -> None:
    columns = "id, version, sealed_phone, phone_index, language, channel, is_verified, is_demo, changed_at"
    with psycopg.connect(campaign.conninfo, autocommit=True) as db:
        db.execute("TRUNCATE contact, outgoing_text, text_batch, batch_move, inbox, outbox, carrier_pace CASCADE")
        with db.cursor().copy(f"COPY contact ({columns}) FROM STDIN") as copy:
            for number, contact in enumerate(contacts):
                phone = _phone(number)
                sealed = keys().seal(Purpose.GATEWAY, phone.encode(), "phone")
                row = (contact, 1, sealed, keys().phone_index(phone), "ar", "sms", True, True, datetime.now(UTC))
                copy.write_row(row)
        db.execute("VACUUM (ANALYZE) contact, outgoing_text")


def _queue_batches(ground: Ground, contacts: list[UUID]) -> None:
    notice, soon = uuid4(), datetime.now(UTC) + timedelta(days=3)
    digest = words_digest("townhall", {"starts_at": soon, "place": PLACE})
    batches = [
        SendBatch(
            batch=uuid4(),
            notice=notice,
            words_digest=digest,
            contacts=contacts[start : start + BATCH],
            template=Template.TOWNHALL,
            values={"starts_at": soon, "place": PLACE},
            not_after=soon,
        )
        for start in range(0, len(contacts), BATCH)
    ]
    rows = [outbox_row(batch, datetime.now(UTC), lane=Lane.BULK) for batch in batches]
    messages = [(persistent(str(row.id)), row.body) for row in rows]
    for (properties, _), row in zip(messages, rows, strict=True):
        properties.headers = headers_on_the_wire(row.headers, int(datetime.now(UTC).timestamp() * 1e6))
    Pipelined(ground.settings.amqp_url, rows[0].exchange, rows[0].routing_key, messages).run()


def _queue_tasks(db: psycopg.Connection[object], texts: list[tuple[str, str, str]]) -> None:
    from tests.bench.celery_texts import TABLE, app, send

    db.execute(TABLE)
    db.execute("TRUNCATE celery_text")
    with db.cursor().copy("COPY celery_text (id, state) FROM STDIN") as copy:
        for text, _, _ in texts:
            copy.write_row((text, "waiting"))
    with app.producer_or_acquire() as producer:
        for text in texts:
            send.apply_async(text, producer=producer)


# What stands after it


def _handed_over(campaign: Campaign) -> int:
    with psycopg.connect(campaign.conninfo) as db:
        found = db.execute("SELECT count(*) FROM outgoing_text WHERE state = 'handed_over'").fetchone()
        return found[0] if found else 0


def _stored(db: psycopg.Connection[object]) -> int:
    found = db.execute("SELECT count(*) FROM celery_text WHERE state = 'sent'").fetchone()
    return int(str(found[0])) if isinstance(found, tuple) else 0
