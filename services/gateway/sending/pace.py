"""The pace that the carrier allows, in segments a second: one bucket in the database for all processes.

Urgent texts may run it into debt, which the others then wait for; so codes go at once and the average holds.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

URGENT_CREDIT_S = 10.0
"""How far ahead of the pace urgent texts may run."""

FILL = sa.text("""
SELECT least(:capacity, tokens + :rate * greatest(0, extract(epoch FROM CAST(:now AS timestamptz) - filled_at)))
FROM carrier_pace WHERE sender = :sender
""")
CHARGE = sa.text("""
INSERT INTO carrier_pace AS p (sender, tokens, filled_at) VALUES (:sender, :capacity - :segments, :now)
ON CONFLICT (sender) DO UPDATE SET filled_at = greatest(p.filled_at, excluded.filled_at),
    tokens = least(CAST(:capacity AS float),
        p.tokens + :rate * greatest(0, extract(epoch FROM excluded.filled_at - p.filled_at))) - :segments
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """The bucket of one sender."""

    sender: str
    rate: float

    @property
    def capacity(self) -> float:
        """What may go at once after a rest: a second's worth."""
        return max(self.rate, 1.0)

    def tokens(self, connection: sa.Connection, at: datetime) -> float:
        """How many segments may go now."""
        found = connection.scalar(FILL, self._parameters(at))
        return self.capacity if found is None else float(found)

    def room_for(self, tokens: float, *, is_urgent: bool) -> int:
        """How many texts of a lane that is."""
        return max(0, int(tokens + self.rate * URGENT_CREDIT_S if is_urgent else tokens))

    def charge(self, connection: sa.Connection, at: datetime, segments: int) -> None:
        """Take segments out of the bucket."""
        connection.execute(CHARGE, {**self._parameters(at), "segments": segments})

    def _parameters(self, at: datetime) -> dict[str, object]:
        return {"sender": self.sender, "rate": self.rate, "capacity": self.capacity, "now": at}
