"""Who asks, again and again, for references that are unknown or another institution's, is stopped for the hour.

Whoever tries references through would else learn, or reach, what is not hers. A few wrong digits a day are nothing; the
limit's end is on record, counted for the alert, and closes also what would have been right.
"""

from portal.limits import Limit, Limits
from portal.metrics import foreign_references

BY = {Limit.FOREIGN_REFERENCES_BY_STAFF: "staff", Limit.FOREIGN_REFERENCES_BY_KEY: "key"}


async def refuse_if_over(limits: Limits, limit: Limit, who: str) -> None:
    """Before a reference is looked for. Raises TooMany where this person or key has asked in vain too often."""
    if not await limits.is_free(limit, who):
        foreign_references.labels(BY[limit]).inc()
    await limits.refuse_if_full(limit, who)


async def count_in_vain(limits: Limits, limit: Limit, who: str) -> bool:
    """Count a reference that was not this asker's. Returns whether the limit is reached by it: put that on record."""
    await limits.has_room(limit, who)
    if await limits.is_free(limit, who):
        return False
    foreign_references.labels(BY[limit]).inc()
    return True
