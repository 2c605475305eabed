"""What is done beside the sending, once a second while anything happens: settle what was left, end what is of no use
any more, tell how far the batches are; and now and then measure and forget."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.carrier.port import Carrier
from services.gateway.placed_calls import ask_after, note_calls, overdue_calls
from services.gateway.retention import erase_old
from services.gateway.sending.claiming import expire
from services.gateway.sending.progress import tell_progress
from services.gateway.sending.settling import settle_all
from services.gateway.settled import tell_settled
from services.gateway.texts import LANES, note_moves
from services.gateway.waking import Vigil, alarm_clock
from shared.database import Clock, open_session
from shared.logs import log
from shared.messaging.deliveries import DatabaseAway, Transaction

MEASURE_EVERY, ERASE_EVERY = 10, 3600  # rounds
EXPIRE_AT_ONCE = 1000
UNSETTLED_COUNTS_FOR = timedelta(days=7)

IS_ANYTHING_LEFT = sa.text("""
SELECT EXISTS (SELECT FROM outgoing_text WHERE state = 'sending' AND lease_until < :now) AS over,
    EXISTS (SELECT FROM batch_move) AS moved,
    EXISTS (SELECT FROM outgoing_text t JOIN contact c ON c.id = t.contact
            WHERE t.state = 'waiting' AND t.phone_index IS NULL AND c.phone_index IS NOT NULL) AS unaddressed,
    EXISTS (SELECT FROM outgoing_text WHERE state = 'waiting' AND not_after <= :now) AS dead
""")
# A text and its contact that came at the same moment, on two queues, did not see each other.
ADDRESS = sa.text("""
UPDATE outgoing_text t SET phone_index = c.phone_index FROM contact c
WHERE c.id = t.contact AND t.state = 'waiting' AND t.phone_index IS NULL AND c.phone_index IS NOT NULL
""")
WAITING = sa.text("""
SELECT lane, count(*) AS texts, extract(epoch FROM CAST(:now AS timestamptz) - min(due_at)) AS oldest
FROM outgoing_text WHERE state = 'waiting' AND due_at <= :now AND phone_index IS NOT NULL GROUP BY lane
""")
# The page of operations shows them for good; what a person was to look at must fall silent one day.
UNSETTLED = sa.text("SELECT count(*) FROM outgoing_text WHERE state = 'unsettled' AND settled_at > :since")


def survive(work: Callable[[], object]) -> None:
    """Do something that must not end its loop: while the database is away, or after a fault, wait and go on."""
    try:
        work()
    except (DBAPIError, DatabaseAway) as error:
        log.warning("sender_database", error=type(error).__name__)
        time.sleep(Vigil.AWAKE_S)
    except Exception as error:
        log.exception("sender_failed", error=type(error).__name__)
        time.sleep(Vigil.AWAKE_S)


class Chores:
    """The sender's work beside sending. Any number of processes may do it at the same time."""

    def __init__(self, engine: sa.Engine, carrier: Carrier, alarm: threading.Event, vigil: Vigil, clock: Clock) -> None:
        self._engine, self._carrier, self._alarm, self._clock = engine, carrier, alarm, clock
        self._vigil, self.woken = vigil, alarm_clock()
        self._looking = engine.execution_options(isolation_level="AUTOCOMMIT")

    def run(self, stop: threading.Event) -> None:
        """Do it until `stop` is set and `woken` with it."""
        rounds = 0
        while not self._rest(stop):
            survive(self.do)
            if rounds % MEASURE_EVERY == 0:
                survive(self.measure)
                survive(self.ask_after_calls)
            if rounds % ERASE_EVERY == 0:
                survive(self._erase_old)
            rounds += 1

    def _rest(self, stop: threading.Event) -> bool:
        """Wait for the next round. Returns whether there is none."""
        if not self._vigil.is_drowsy:
            return stop.wait(Vigil.AWAKE_S)
        self._vigil.sleep(self.woken)
        self.woken.clear()
        return stop.is_set()

    def do(self) -> None:
        """One round."""
        with self._looking.connect() as connection:
            left = connection.execute(IS_ANYTHING_LEFT, {"now": self._clock()}).one()
        if any(left):
            self._vigil.note()
        if left.over and settle_all(self._session, self._carrier):
            self._alarm.set()
        if left.unaddressed:
            with self._engine.begin() as connection:
                connection.execute(ADDRESS)
            self._alarm.set()
        if left.dead:
            self._expire()
        if left.moved or left.dead or left.over:
            with Transaction(self._session) as db:
                tell_progress(db)

    def measure(self) -> None:
        """Set the gauges."""
        with self._looking.connect() as connection:
            found = {row.lane: row for row in connection.execute(WAITING, {"now": self._clock()})}
            since = self._clock() - UNSETTLED_COUNTS_FOR
            metrics.texts_unsettled.set(connection.scalar(UNSETTLED, {"since": since}) or 0)
        for name, lane in LANES.items():
            row = found.get(lane)
            metrics.texts_waiting.labels(name).set(row.texts if row else 0)
            metrics.oldest_waiting.labels(name).set(float(row.oldest) if row else 0)

    def ask_after_calls(self) -> None:
        """Ask the carrier how those calls ended of which it has told nothing for long."""
        with self._session() as db:
            overdue = overdue_calls(db)
        for news in filter(None, (ask_after(self._carrier, call) for call in overdue)):
            with Transaction(self._session) as db:
                note_calls(db, [news])

    def _session(self) -> Session:
        return open_session(self._engine, self._clock)

    def _expire(self) -> None:
        with Transaction(self._session) as db:
            gone = expire(db.connection(), self._clock(), EXPIRE_AT_ONCE)
            note_moves(db.connection(), (row.batch for row in gone if row.batch))
            tell_settled(db, [row.id for row in gone])
        metrics.texts.labels("sms", "out", "expired").inc(len(gone))

    def _erase_old(self) -> None:
        erased = 1
        while erased:
            with Transaction(self._session) as db:
                erased = erase_old(db)
