"""The statuses that a carrier tells of a text, and their order: a text only ever moves forward.

Callbacks come in any order, repeated and without a time (domain notes §5.3), so the rank decides and not the arrival.
"""

RANKS: dict[str, int] = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "partially_delivered": 4,
    "canceled": 5,
    "undelivered": 6,
    "failed": 6,
    "delivered": 7,
    "read": 8,
    "heard": 9,
}
"""`delivered` stands above `failed`: whatever else was told, a phone that has it has it."""

HEARD = "heard"
"""A call in which somebody pressed the key and was told: what our own door says, and nothing stands above it."""
CALL_ENDS = frozenset({"completed", "busy", "no_answer", "failed", "canceled"})
UNHEARD = "unheard"
"""A call that somebody, or a machine, took, and nobody pressed the key."""
CALL = "CA"
"""What a call's id begins with at the carrier."""

DELIVERED = frozenset({"delivered", "read", "partially_delivered", HEARD})
FAILED = frozenset({"undelivered", "failed", "canceled", "busy", "no_answer", UNHEARD})


def rank_of(status: str) -> int:
    """A status's place in the order; -1 for one that is not known, which changes nothing."""
    return RANKS.get(status, -1)
