"""The list of phones: searched by any part of a number, the latest active first, a page at a time."""

import re
from dataclasses import dataclass

from infra.simulator.carrier import Carrier
from infra.simulator.page.thread import show_time
from shared.phones import show_phone

ROWS = 25
_PREVIEW = 60
_NOT_DIGITS = re.compile(r"\D")
_COUNTRY_OR_TRUNK = re.compile(r"^(00964|964|00|0)")


@dataclass(frozen=True)
class Row:
    """A phone in the list."""

    number: str
    shown: str
    preview: str
    clock: str
    texts: int
    rings: bool


@dataclass(frozen=True)
class Listing:
    """A page of the list."""

    rows: list[Row]
    total: int
    page: int
    query: str

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // ROWS))


def list_phones(carrier: Carrier, query: str, page: int) -> Listing:
    """The phones whose number contains the digits of `query`, in whatever way they are written."""
    digits = _significant(query)
    found = [(number, at) for number, at in carrier.phones.latest_first() if digits in number]
    page = max(1, min(page, -(-len(found) // ROWS)))
    ringing = {call.phone for call in carrier.calls.ringing()}
    rows = [_row(carrier, number, at, ringing) for number, at in found[(page - 1) * ROWS : page * ROWS]]
    return Listing(rows, len(found), page, query)


def _row(carrier: Carrier, number: str, at: float, ringing: set[str]) -> Row:
    texts = carrier.shelf.of_phone(number)
    latest = next((text.body for text in reversed(texts) if text.was_shown), "")
    preview = latest[:_PREVIEW] or ("…" if texts else "call")
    return Row(number, show_phone(number), preview, show_time(at), len(texts), number in ringing)


def _significant(query: str) -> str:
    latin = "".join(str(int(char)) if char.isdecimal() else char for char in query)
    return _COUNTRY_OR_TRUNK.sub("", _NOT_DIGITS.sub("", latin))
