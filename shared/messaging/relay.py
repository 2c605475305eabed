"""Steps 2 and 3 of a message's way: the relay takes outbox rows in order, publishes them with pipelined confirms, and
removes them once the broker has them. It also fires what is due: scheduled messages and further tries."""

import threading
from typing import Any

import psycopg
from pika.exceptions import AMQPError
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row

from shared import metrics
from shared.logs import log
from shared.messaging.relay_carrying import Carrying
from shared.messaging.relay_publisher import forbidden_by
from shared.messaging.relay_sql import LOCK
from shared.parts import Part
from shared.settings import Settings

CONNECTION = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "synchronous_commit": "off",
        # A stopped process keeps its connection and with it the lock: the server ends it, and a stand-by takes over.
        "idle_session_timeout": "6s",
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 2,
        "tcp_keepalives_count": 3,
        # The outbox is empty or full, which no statistics foresee: it is always read by its key.
        "enable_seqscan": "off",
        "enable_sort": "off",
    }.items()
)


class Relay:
    """The relay of one part's database. One is active at a time; others stand by for its lock."""

    def __init__(self, part: Part, settings: Settings) -> None:
        self.part, self.settings = part, settings
        self.stopping = threading.Event()
        self.carrier: Carrying | None = None

    def run(self) -> None:
        """Relay until stopped; connections that break are replaced."""
        pauses = (0.2, 0.5, 1.0, 2.0, 5.0)
        attempt = 0
        while not self.stopping.is_set():
            try:
                with psycopg.connect(self._conninfo(), autocommit=True, row_factory=namedtuple_row) as db:
                    if not self._lock(db):
                        continue
                    self.carrier = Carrying(self.part, self.settings, db)
                    self.carrier.run()
                    attempt = 0
            except (AMQPError, psycopg.Error, OSError) as error:
                log.warning("relay_interrupted", part=self.part, error=type(error).__name__)
                if forbidden_by(error):
                    attempt = 0  # set aside: the others need not wait for the next try
            finally:
                metrics.relay_active.labels(self.part).set(0)
            if self.stopping.wait(pauses[min(attempt, len(pauses) - 1)]):
                return
            attempt += 1

    def stop(self) -> None:
        """Stop after what is in flight."""
        self.stopping.set()
        if self.carrier is not None:
            self.carrier.stop_soon()

    def _conninfo(self) -> str:
        url = self.settings.database_of(self.part).replace("postgresql+psycopg://", "postgresql://")
        return make_conninfo(
            url,
            application_name=f"sila-relay-{self.part}",
            connect_timeout=10,
            keepalives_idle=30,
            options=CONNECTION,
        )

    def _lock(self, db: psycopg.Connection[Any]) -> bool:
        """Wait for this part's advisory lock; it is held by the connection."""
        while not self.stopping.is_set():
            row = db.execute(LOCK).fetchone()
            if row is not None and row[0]:
                return True
            self.stopping.wait(1)
        return False
