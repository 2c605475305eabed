"""Indistinguishable answers: known and unknown references, right and wrong phones, look the same and take as long.

One worker, one connection, limits raised; known and unknown are drawn by lot, try by try, so that a slow moment of the
machine meets both. The figure is the larger of the two differences (of the medians, of the 95th percentiles) as a share
of the median.
"""

import http.client
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from shared.database import engine_of
from shared.parts import Part
from shared.references import new_reference
from tests.bench.earnest import TOKEN, environment, portal
from tests.bench.figures import ROUNDS, Figure, Goal
from tests.bench.ground import Ground
from tests.service.portal.families import Families

TRIES = 2000
WARMING = 100
WITHIN = 0.02
FAMILIES = 200
FORM = "application/x-www-form-urlencoded"
TOKEN_FIELD = re.compile(rb'name="csrf" value="([0-9a-f]+)"')


@dataclass
class Times:
    """How long the answers to known and to unknown ones took, in seconds, and what they looked like."""

    of: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    looks: dict[bool, set[bytes]] = field(default_factory=lambda: {True: set(), False: set()})

    def note(self, is_known: bool, took_s: float, look: bytes) -> None:
        """Keep one answer."""
        self.of[is_known].append(took_s)
        self.looks[is_known].add(look)

    def difference(self) -> float:
        """The larger difference, of medians or of 95th percentiles, as a share of the median."""
        assert self.looks[True] == self.looks[False], "the pages differ"
        middles = [median(self.of[which]) for which in (True, False)]
        highs = [quantiles(self.of[which], n=20)[-1] for which in (True, False)]
        return max(abs(middles[0] - middles[1]), abs(highs[0] - highs[1])) / median(self.of[True] + self.of[False])


class Browser:
    """A browser with cookies on one kept connection."""

    def __init__(self, base_url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=30)
        self._cookies: dict[str, str] = {}
        self.csrf = ""

    def open(self, path: str) -> bytes:
        """A page; its forms' token is kept."""
        body = self._ask("GET", path, None, {})[1]
        if found := TOKEN_FIELD.search(body):
            self.csrf = found[1].decode()
        return body

    def send(self, path: str, fields: Mapping[str, str]) -> tuple[float, bytes]:
        """Send a form. How long its answer took, and what it looked like."""
        body = urlencode({"csrf": self.csrf, **fields}).encode()
        began = time.perf_counter()
        status, answer = self._ask("POST", path, body, {"Content-Type": FORM})
        return time.perf_counter() - began, b"%d " % status + TOKEN_FIELD.sub(b"", answer)

    def call(self, path: str, body: bytes, signature: str) -> tuple[float, bytes]:
        """What the carrier does."""
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        began = time.perf_counter()
        status, answer = self._ask("POST", path, body, headers)
        return time.perf_counter() - began, b"%d " % status + answer

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {**headers, "Cookie": cookie})
        answer = self._connection.getresponse()
        content = answer.read()
        for given in answer.headers.get_all("set-cookie") or ():
            name, _, value = given.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, content


def measure(ground: Ground) -> list[Figure]:
    """The differences at log-in (reference, wrong code, wrong PIN) and at the door for texts."""
    variables = environment(ground) | {"SILA_LIMITS": "raised"}
    own = ground.settings.model_copy(update={"database_prefix": "earnest_"})
    engine = engine_of(Part.PORTAL, own)
    known = [_a_family(Families(engine), number) for number in range(FAMILIES)]
    # As many as are known, and the same in every round: a limit counts the second time in another way.
    unknown = [new_reference() for _ in known]
    rounds: list[dict[str, Times]] = []
    with portal(variables):
        for _ in range(ROUNDS):
            rounds.append(_log_ins(variables["SILA_BASE_URL"], [reference for reference, _ in known], unknown))
            rounds[-1]["text"] = _texts(variables["SILA_BASE_URL"], known)
    engine.dispose()
    return [_figure(name, [times[name] for times in rounds]) for name in rounds[0]]


def _a_family(families: Families, number: int) -> tuple[str, str]:
    phone = f"+96477012{number:05d}"
    return families.one(phone=phone, pin="482913" if number % 2 else None).reference, phone


def _figure(name: str, rounds: list[Times]) -> Figure:
    note = f"{TRIES} tries each of known and unknown, drawn by lot; one worker, one connection."
    goal = Goal(value=WITHIN, less_is_better=True)
    title = f"Equal answers: {name}, known and unknown"
    return Figure(
        f"equal/{name}", title, "share of the median", goal, {"ours": [times.difference() for times in rounds]}, note
    )


def _log_ins(base_url: str, known: list[str], unknown: list[str]) -> dict[str, Times]:
    browser, times = Browser(base_url), {name: Times() for name in ("reference", "code", "pin")}
    browser.open("/en/status")

    def try_once(is_known: bool, note: Callable[[str, float, bytes], None]) -> None:
        reference = secrets.choice(known if is_known else unknown)
        note("reference", *browser.send("/en/status", {"reference": reference}))
        note("code", *browser.send("/en/status/enter", {"code": "1"}))
        note("pin", *browser.send("/en/status/enter", {"pin": "1"}))

    for _ in range(WARMING):
        try_once(secrets.choice((True, False)), lambda *_: None)
    for is_known in _by_lot():
        try_once(is_known, lambda name, took_s, look, it=is_known: times[name].note(it, took_s, look))
    return times


def _by_lot() -> list[bool]:
    drawn = [True, False] * TRIES
    Random(7).shuffle(drawn)
    return drawn


def _texts(base_url: str, known: list[tuple[str, str]]) -> Times:
    """STATUS with a reference: from the phone of that report, and from another."""
    browser, times, validator = Browser(base_url), Times(), RequestValidator(TOKEN)
    others = [f"+96478012{number:05d}" for number in range(len(known))]
    for number, is_known in enumerate([True, False] * (WARMING // 2) + _by_lot()):
        reference, phone = secrets.choice(known)
        took = browser.call(*_text(base_url, validator, reference, phone if is_known else secrets.choice(others)))
        if number >= WARMING:
            times.note(is_known, *took)
    return times


def _text(base_url: str, validator: RequestValidator, reference: str, phone: str) -> tuple[str, bytes, str]:
    path = "/webhooks/twilio/sms"
    fields = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": "AC" + "0" * 32,
        "From": phone,
        "To": "+15005550006",
        "Body": f"STATUS {reference}",
        "NumMedia": "0",
    }
    return path, urlencode(fields).encode(), validator.compute_signature(f"{base_url}{path}", fields)
