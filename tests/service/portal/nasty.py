"""What nobody should send, and forms filled in with it: shared by the property tests of every entrypoint."""

import os
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("SILA_FORM_EXAMPLES", "4"))
"""How many forms each route gets; more of them for a longer search."""
UNLIMITED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

DAYS = ["9999-12-31", "0001-01-01", "2026-02-30", "1899-12-31", "2101-01-01", "٢٠٢٦-١١-٢٤", "2026-11-24"]
CLOCKS = ["24:00", "25:61", "02:30", "١٢:٣٠", "12:30+14:00", "12:30"]
NUMBERS = ["-1", "0", "٣", "10" * 15, "9" * 5000, "1e400", "nan", "-inf", "1.5", "2147483648", "²"]
CODES = ["x", "mgd", "ar", "yes", "no", "sms", "share", "\u200f", "../../etc", "Mars/Base", "Asia", "Europe/Berlin"]
IDS = ["٠" * 36, "00000000-0000-0000-0000-000000000000", "123456789092", "١٢٣٤٥٦٧٨٩٠٩٢", "{" * 40, "urn:uuid:x"]
TEXTS = ["", " ", "'; --", "<script>", "ا" * 5000, "\ud7ff\ue000\U0010ffff", "a\r\nb", "%00", "\x00", "\x1b"]
NASTY = [*DAYS, *CLOCKS, *NUMBERS, *CODES, *IDS, *TEXTS]
nasty = st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8"), max_size=30)

Fields = list[tuple[str, str, int]]
"""Names, values, and how many times each is sent."""


class FormsOfPage(HTMLParser):
    """The forms of a page: where each goes, and the values that each of its fields offers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self.forms.append((given.get("action", ""), {}))
        elif self.forms and tag in {"input", "textarea", "button", "select"} and given.get("name"):
            self._offer(given["name"], given.get("value", ""))
            self._select = given["name"] if tag == "select" else ""
        elif self.forms and tag == "option" and self._select:
            self._offer(self._select, given.get("value", ""))

    def _offer(self, name: str, value: str) -> None:
        self.forms[-1][1].setdefault(name, []).append(value)


USUAL = {
    "day": "2026-12-22", "clock": "10:00", "from": "09:00", "until": "12:00", "since": "2026-01-01", "sure": "yes",
    "signed_day": "2026-11-01", "signed_clock": "10:00", "birth_year": "1988", "event_year": "2014", "people": "2",
    "phone": "0770 123 4567", "second_phone": "0770 123 4568", "barcode": "RS-000123", "sheet_barcode": "RS-000123",
    "given": "علي", "capacity": "20", "time_zone": "Asia/Baghdad", "last_seen_year": "2014", "places": "1",
}  # fmt: skip


@st.composite
def filled_in(draw: st.DrawFn, offered: Mapping[str, list[str]], known: Mapping[str, str]) -> Fields:
    """A form's fields, most of them as people fill them in, and some of them as nobody does."""
    fields: Fields = []
    for name, values in offered.items():
        if name in {"csrf", "request_id", "only_count", "only_find"}:
            continue
        usual = known.get(name) or USUAL.get(name)
        plausible = st.sampled_from([usual] if usual else [value or "كلمة" for value in values])
        value = draw(plausible | nasty if draw(st.integers(0, 3)) == 0 else plausible)
        fields.append((name, value, 3000 if draw(st.integers(0, 40)) == 0 else 1))
    more = st.tuples(st.sampled_from(["x", "csrf", "سنة"]), nasty, st.just(1))
    return fields + draw(st.lists(more, max_size=2))


def urlencoded(fields: Fields, **more: Any) -> bytes:
    """A form's body."""
    repeated = [(name, value) for name, value, times in fields for _ in range(times)]
    return urlencode([*repeated, *more.items()]).encode()
