"""The sender: a loop of its own that claims waiting texts, commits, calls the carrier, and writes how it ended.

Whatever dies at whatever point: a text is `sending` in the database before the carrier is called, and what stays
`sending` is looked up at the carrier before anything is sent again.
"""

import queue
import threading
import time

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from services.gateway import metrics
from services.gateway.carrier.port import Carrier, NotNow
from services.gateway.sending.callers import Callers, is_accepted
from services.gateway.sending.chores import Chores, survive
from services.gateway.sending.claiming import claim
from services.gateway.sending.judging import House, Judgement, Ready, TurnedDown
from services.gateway.sending.lease import Lease
from services.gateway.sending.outcomes import Ended, write_outcomes
from services.gateway.sending.pace import Pace
from services.gateway.settled import tell_settled
from services.gateway.texts import LANES, note_moves
from services.gateway.waking import Vigil, alarm_clock
from shared.database import Clock, open_session, utc_now
from shared.logs import log
from shared.messages.model import Lane
from shared.messaging.deliveries import DatabaseAway, Transaction
from shared.settings import Settings

MOST_AT_ONCE = 200
FINISHING_TRIES = 5
BESIDE_ENDS_WITHIN_S = 3
SHARES = {LANES[Lane.URGENT]: 0.25, LANES[Lane.NORMAL]: 0.25, LANES[Lane.BULK]: 0.5}
"""How much of the calls at a time is a lane's own."""
URGENT = LANES[Lane.URGENT]

LANES_DUE = sa.text("""
SELECT lanes.lane FROM (VALUES (0), (1), (2)) AS lanes (lane) CROSS JOIN LATERAL (
    SELECT FROM outgoing_text t WHERE t.state = 'waiting' AND t.lane = lanes.lane AND t.due_at <= :now
        AND t.phone_index IS NOT NULL LIMIT 1) AS due
""")


class Sender:
    """Sends what waits in the gateway's database. Any number of them may run beside each other."""

    def __init__(
        self,
        engine: sa.Engine,
        carrier: Carrier,
        settings: Settings,
        clock: Clock = utc_now,
        lease: Lease | None = None,
    ) -> None:
        self._engine, self._carrier, self._clock = engine, carrier, clock
        self._looking = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._house = House(settings.carrier_is_simulated, settings.quiet_hours, settings.office_phone)
        self._pace = Pace(carrier.sender, settings.carrier_segments_per_s)
        self._call_costs = max(1, round(settings.carrier_segments_per_s / settings.carrier_calls_per_s))
        self._lease = lease or Lease.of(settings.carrier_timeout_s)
        self._ended: queue.Queue[Ended] = queue.Queue()
        self._alarm, self._vigil = alarm_clock(), Vigil()
        self._troubles, self._troubled_at = 0, 0.0
        self._callers = {
            lane: Callers(carrier, round(settings.carrier_concurrency * share), settings.base_url, self._note_end)
            for lane, share in SHARES.items()
        }
        self.chores = Chores(engine, carrier, self._alarm, self._vigil, clock)

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; then finish what is in hand."""
        beside = threading.Thread(target=self.chores.run, args=(stop,), daemon=True)
        beside.start()
        while not stop.is_set():
            survive(self._step)
        self.finish()
        beside.join(timeout=BESIDE_ENDS_WITHIN_S)

    def run_once(self) -> int:
        """Send what is due now and write how it ended. Returns how many texts were looked at."""
        claimed = self._claim_all()
        while self._in_hand:
            self._write([self._ended.get()])
        self.chores.do()
        return claimed

    def wake(self) -> None:
        """End the sleep between two looks."""
        self._alarm.set()
        self.chores.woken.set()

    @property
    def _in_hand(self) -> int:
        return sum(c.in_hand for c in self._callers.values())

    def _session(self) -> Session:
        return open_session(self._engine, self._clock)

    # One round

    def _step(self) -> None:
        self._alarm.clear()
        ended = self._drain()
        self._write(ended)
        claimed = self._claim_all()
        if not claimed and not ended and self._ended.empty():
            self._vigil.sleep(self._alarm)
        else:
            self._vigil.note()

    def _claim_all(self) -> int:
        open_lanes = [lane for lane in LANES.values() if self._may_claim(lane)]
        due = self._lanes_due() if open_lanes else set[int]()
        return sum(self._claim(lane) for lane in open_lanes if lane in due)

    def _lanes_due(self) -> set[int]:
        with self._looking.connect() as connection:
            return set(connection.scalars(LANES_DUE, {"now": self._clock()}))

    def _may_claim(self, lane: int) -> bool:
        return not self._is_paused(lane) and self._callers[lane].has_much_room

    def _is_paused(self, lane: int) -> bool:
        """While the carrier is in trouble urgent texts knock every second, the others less and less often."""
        pause = min(0.125 * 2**self._troubles, 1.0 if lane == URGENT else 15.0) if self._troubles else 0.0
        return time.monotonic() - self._troubled_at < pause

    def _claim(self, lane: int) -> int:
        begun = time.monotonic()
        try:
            with Transaction(self._session) as db:
                judged = self._claim_in(db, lane)
        except IntegrityError:
            log.info("claim_collided", lane=lane)  # another process took a text of the same phone: look again
            return 0
        ready = [j for j in judged if isinstance(j, Ready)]
        self._callers[lane].take(ready, begun + self._lease.begin_within_s)
        return len(judged)

    def _claim_in(self, db: Session, lane: int) -> list[Judgement]:
        at, connection = self._clock(), db.connection()
        tokens = self._pace.tokens(connection, at)
        room = self._pace.room_for(tokens, is_urgent=lane == URGENT)
        limit = min(self._callers[lane].room, room, MOST_AT_ONCE)
        if limit < 1:
            return []
        judged = claim(connection, lane, limit, at, self._lease.lasts, self._house)
        ready = [j for j in judged if isinstance(j, Ready)]
        if ready:
            self._pace.charge(connection, at, sum(self._call_costs if r.is_call else r.segments for r in ready))
        turned_down = [j for j in judged if isinstance(j, TurnedDown)]
        metrics.texts.labels("sms", "out", "refused").inc(len(turned_down))
        note_moves(connection, (j.batch for j in turned_down if j.batch))
        tell_settled(db, [j.id for j in turned_down])
        return judged

    # How calls end

    def _note_end(self, ended: Ended) -> None:
        self._ended.put(ended)
        self._alarm.set()

    def _drain(self) -> list[Ended]:
        ended: list[Ended] = []
        while len(ended) < MOST_AT_ONCE * 2 and not self._ended.empty():
            ended.append(self._ended.get())
        return ended

    def _write(self, ended: list[Ended]) -> None:
        if not ended:
            return
        try:
            self._commit(ended)
        except DatabaseAway:
            for e in ended:  # known, and not yet written: kept until the database is back
                self._ended.put(e)
            raise
        except DBAPIError:
            self._write_one_by_one(ended)
        for e in ended:
            self._callers[e.text.lane].in_hand -= 1
            self._heed(e)

    def _commit(self, ended: list[Ended]) -> None:
        with Transaction(self._session) as db:
            write_outcomes(db, ended)

    def _write_one_by_one(self, ended: list[Ended]) -> None:
        for e in ended:
            try:
                self._commit([e])
            except DBAPIError as error:  # its lease runs out, and it is looked up
                log.exception("outcome_not_written", error=type(error).__name__)

    def _heed(self, ended: Ended) -> None:
        if is_accepted(ended):
            self._troubles = 0
        elif isinstance(ended.outcome, NotNow) and not self._is_paused(ended.text.lane):
            self._troubles = min(self._troubles + 1, 10)
            self._troubled_at = time.monotonic()

    def finish(self) -> None:
        """End the calls that have begun, write how they ended, and put back what was claimed and not begun."""
        for callers in self._callers.values():
            callers.stop()
        for _ in range(FINISHING_TRIES):
            survive(lambda: self._write(self._drain()))
