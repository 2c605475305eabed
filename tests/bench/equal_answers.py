"""Indistinguishable answers: known and unknown references, right and wrong phones, look the same and take as long.

One worker, limits raised; known and unknown are drawn by lot, try by try, so that a slow moment of the machine meets
both. The figure is the larger of the two differences (of the medians, of the 95th percentiles) as a share
of the median.
"""

import http.client
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from portal.accounts import add_api_key, connect, put_institution
from portal.institution_kinds import Kind, Scope
from shared.database import engine_of
from shared.parts import Part
from shared.references import new_reference
from shared.settings import Settings
from tests.bench.earnest import TOKEN, environment, portal
from tests.bench.figures import Figure, Goal
from tests.bench.ground import Ground
from tests.service.portal.families import Families

TRIES = 2000
WARMING = 100
WITHIN = 0.02
FAMILIES = 200
FORM = "application/x-www-form-urlencoded"
VISITORS = 12
"""At the same time, where answers come in steps of a quarter of a second."""
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


Note = Callable[[str, float, bytes], None]
TryOnce = Callable[[bool, Note], None]


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

    def read(self, path: str, key: str) -> tuple[float, bytes]:
        """What an institution's program does."""
        began = time.perf_counter()
        status, answer = self._ask("GET", path, None, {"Authorization": f"Bearer {key}"})
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
    """The differences at log-in (reference, PIN at once, code), by call, by text and at the API.

    On a machine that does nothing else, and on one whose cores are all taken. A text's is that of the carrier's
    request: its answer is always empty, and what the phone gets comes from the gateway later.
    """
    variables = environment(ground) | {"SILA_LIMITS": "raised"}
    own = ground.settings.model_copy(update={"database_prefix": "earnest_"})
    engine = engine_of(Part.PORTAL, own)
    families = Families(engine)
    known = [_a_family(families, number) for number in range(FAMILIES)]
    # As many as are known, and the same in every round: a limit counts the second time in another way.
    unknown = [new_reference() for _ in known]
    key = _a_key(own)
    found: list[Figure] = []
    with portal(variables):
        for load in ("", " (busy)"):  # once each: with 4,000 answers in steps a round takes minutes
            with _busy(bool(load)):
                times = _at_every_door(variables["SILA_BASE_URL"], known, unknown, key)
            found += [_figure(f"{name}{load}", each) for name, each in times.items()]
    engine.dispose()
    return found


def _at_every_door(base_url: str, known: list[tuple[str, str]], unknown: list[str], key: str) -> dict[str, Times]:
    references = [reference for reference, _ in known]
    return {
        **_log_ins(base_url, references, unknown),
        **_calls(base_url, references, unknown),
        "text": _texts(base_url, known),
        **_reads(base_url, key, references, unknown),
    }


@contextmanager
def _busy(is_busy: bool) -> Iterator[None]:
    """Processes that take every core while the block runs."""
    spin = "while True: pass"
    burning = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(os.cpu_count() or 1 if is_busy else 0)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def _a_key(config: Settings) -> str:
    """A key of another institution than the families'."""
    with connect(config) as db:
        put_institution(db, "ihchr", {"en": "Commission"}, (Kind.TAKES_REPORTS,))
        return add_api_key(db, "ihchr", (Scope.REPORTS,))


def _a_family(families: Families, number: int) -> tuple[str, str]:
    phone = f"+96477012{number:05d}"
    return families.one(phone=phone, pin="482913" if number % 2 else None).reference, phone


def _figure(name: str, times: Times) -> Figure:
    note = f"{TRIES} tries each of known and unknown, drawn by lot; one worker."
    goal = Goal(value=WITHIN, less_is_better=True)
    title = f"Equal answers: {name}, known and unknown"
    return Figure(f"equal/{name}", title, "share of the median", goal, {"ours": [times.difference()]}, note)


def _log_ins(base_url: str, known: list[str], unknown: list[str]) -> dict[str, Times]:
    """What an attacker does: a reference, a PIN at once, a code at once."""
    times = {name: Times() for name in ("reference", "pin", "code")}

    def visitor() -> TryOnce:
        browser = Browser(base_url)
        browser.open("/en/status")

        def try_once(is_known: bool, note: Note) -> None:
            reference = secrets.choice(known if is_known else unknown)
            note("reference", *browser.send("/en/status", {"reference": reference}))
            note("pin", *browser.send("/en/status/enter", {"pin": "1"}))
            note("code", *browser.send("/en/status/enter", {"code": "1"}))

        return try_once

    return _side_by_side(visitor, times)


def _calls(base_url: str, known: list[str], unknown: list[str]) -> dict[str, Times]:
    """A call: the language, a reference, a PIN at once."""
    times, validator = {name: Times() for name in ("reference by call", "pin by call")}, RequestValidator(TOKEN)

    def caller() -> TryOnce:
        browser = Browser(base_url)

        def try_once(is_known: bool, note: Note) -> None:
            reference, call = secrets.choice(known if is_known else unknown), f"CA{secrets.token_hex(16)}"
            for step, digits in (("", ""), ("language", "5")):
                browser.call(*_key(base_url, validator, call, step, digits))
            took_s, look = browser.call(*_key(base_url, validator, call, "reference", reference))
            note("reference by call", took_s, look)
            note("pin by call", *browser.call(*_key(base_url, validator, call, "pin", "000000")))

        return try_once

    return _side_by_side(caller, times)


def _side_by_side(visitor: Callable[[], TryOnce], times: dict[str, Times]) -> dict[str, Times]:
    """The tries of several visitors at the same time, drawn by lot: most of an answer's time is waiting."""
    drawn = list(enumerate([True, False] * (WARMING // 2) + _by_lot()))

    def tries(first: int) -> None:
        try_once = visitor()
        for number, is_known in drawn[first::VISITORS]:
            try_once(is_known, partial(note, is_known) if number >= WARMING else lambda *_: None)

    def note(is_known: bool, name: str, took_s: float, look: bytes) -> None:
        times[name].note(is_known, took_s, look)

    with ThreadPoolExecutor(VISITORS) as pool:
        for visiting in [pool.submit(tries, first) for first in range(VISITORS)]:
            visiting.result()
    return times


def _reads(base_url: str, key: str, known: list[str], unknown: list[str]) -> dict[str, Times]:
    """A reference at the API, of another institution's report and of none."""

    def program() -> TryOnce:
        browser = Browser(base_url)

        def try_once(is_known: bool, note: Note) -> None:
            note("api", *browser.read(f"/api/v1/reports/{secrets.choice(known if is_known else unknown)}", key))

        return try_once

    return _side_by_side(program, {"api": Times()})


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


def _key(base_url: str, validator: RequestValidator, call: str, step: str, digits: str) -> tuple[str, bytes, str]:
    path = f"/webhooks/twilio/voice{f'?step={step}' if step else ''}"
    fields = {
        "CallSid": call,
        "AccountSid": "AC" + "0" * 32,
        "From": "+9647801200000",
        "To": "+15005550006",
        "Digits": digits,
        "Direction": "inbound",
    }
    return path, urlencode(fields).encode(), validator.compute_signature(f"{base_url}{path}", fields)


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
