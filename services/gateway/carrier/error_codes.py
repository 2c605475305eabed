"""What the carrier's error codes mean for a text (twilio.com/docs/api/errors; domain notes §5.3)."""

from services.gateway.carrier.port import NotNow, Outcome, Refused, Unknown

OPTED_OUT = 21610

BUSY = frozenset({20429, 21611, 14107})
"""Too fast, or the sender's queue is full: surely not taken, later it will be."""

OURS_TO_MEND = frozenset({20001, 20002, 20003, 20005, 20006, 20008, 20404, 21606, 21701})
"""Wrong credentials, account or sender: no fault of the text, which waits until somebody has mended it."""


def meaning_of(status: int, code: int | None) -> Outcome:
    """How a call that was answered with an error has ended."""
    code = code or 0
    if status == 429 or code in BUSY:
        return NotNow("busy", code or status)
    if status in (401, 403, 404) or code in OURS_TO_MEND:
        return NotNow("account", code or status)
    if 400 <= status < 500 and status not in (408, 409, 425):
        return Refused(code or status)
    # A 500 may come after the text was taken (error 20500): a resend could be a second text.
    return Unknown("server_error", code or status)
