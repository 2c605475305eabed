"""Filters by time (`DateSent`, `DateSent<`, `DateSent>`): dates or instants in GMT, both ends inclusive."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from infra.simulator.rest.errors import CarrierError

_FORMS = (("%Y-%m-%d", timedelta(days=1)), ("%Y-%m-%dT%H:%M:%SZ", timedelta(seconds=1)))


def time_filter(query: dict[str, str], name: str) -> Callable[[float], bool]:
    """Whether a time (seconds since 1970; 0: not yet) passes the filters called `name`.

    What has no time yet passes only if nothing is asked. Raises CarrierError for what is not a time.
    """
    on, until, since = (_span(query, name + sign) for sign in ("", "<", ">"))
    if on is None and until is None and since is None:
        return lambda at: True
    starts = max(span[0] for span in (on, since) if span) if on or since else 0.0
    ends = min(span[1] for span in (on, until) if span) if on or until else float("inf")
    return lambda at: at > 0 and starts <= at < ends


def _span(query: dict[str, str], name: str) -> tuple[float, float] | None:
    written = query.get(name, "")
    if not written:
        return None
    for form, length in _FORMS:
        try:
            begins = datetime.strptime(written, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return begins.timestamp(), (begins + length).timestamp()
    raise CarrierError(20001, name)
