"""Searching before reporting: limited, on record, and with an alarm, so that nobody screens people by it."""

from prometheus_client import Counter

from portal.api.answers import SearchAnswer
from portal.api.calls import Call
from portal.api.reports import away
from portal.limits import Limit, TooMany
from shared.messages.report_content import SearchContent
from shared.messaging.rpc import StaffReadUnavailable

limit_reached_total = Counter(
    "sila_search_limit_reached_total",
    "Searches refused because an institution's key has made too many.",
    ["institution"],
)


async def search_reports(call: Call, wanted: SearchContent) -> SearchAnswer:
    """Reports like the person looked for, among those that the institution may see."""
    refused = limit_reached_total.labels(call.institution)  # there from the first search: an increase needs a 0
    try:
        await call.count(Limit.SEARCHES_BY_KEY)
    except TooMany:
        refused.inc()
        await call.note_look("search_refused", "reports")
        raise
    await call.note_look("searched", "reports", " · ".join(name.raw for name in wanted.person.names))
    content = wanted.model_dump(mode="json", exclude_none=True)
    try:
        found = await call.staff_reads.call("reports", "search", content=content, institution=call.institution)
    except (StaffReadUnavailable, LookupError):
        raise away() from None
    return SearchAnswer.model_validate({"results": found})
